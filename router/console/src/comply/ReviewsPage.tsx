import { useEffect, useRef, useState } from 'preact/hooks';

import { FormEnd } from '../views/FormEnd';
import { Modal } from '../views/Modal';
import { downloadUrl, read, Refusal, tell, type Leaf, type Review } from './api';
import type { PageProps } from './Comply';
import { Facts, Said, ScopeSelect } from './Facts';
import { Loading } from '../views/Loading';
import { ReadingView } from './ReadingView';
import { moment, numberLink, scopeText } from './words';

type Decision = 'release' | 'opt-out';

const KEEP_MS = 10_000;

function urgency({ told, dateDue }: Review): { text: string; mood: 'danger' | 'warn' | 'calm' } {
  if (told.includes('escalated')) return { text: 'Escalated', mood: 'danger' };
  if (told.includes('due')) return { text: 'Due', mood: 'warn' };
  return { text: `Due ${moment(dateDue)}`, mood: 'calm' };
}

/** The texts that a person has to read: one after the other, by the keys R and O. */
export function ReviewsPage(props: PageProps) {
  const { asking, onNotice } = props;
  const [reviews, setReviews] = useState<readonly Review[] | null>(null);
  const [total, setTotal] = useState(0);
  const [deciding, setDeciding] = useState<{ review: Review; decision: Decision } | null>(null);

  function look(): void {
    read<Leaf<Review>>('/reviews', { pageSize: '200' }).then((listed) => {
      setReviews(listed.entities);
      setTotal(listed.total);
    }, asking.onLost);
  }

  useEffect(() => {
    look();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') look();
    }, KEEP_MS);
    return () => clearInterval(timer);
  }, [asking.tries]);

  /** What is on the page now: a key means that, and not what was there before. */
  const shown = useRef({ reviews, deciding });
  shown.current = { reviews, deciding };
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const review = shown.current.reviews?.[0];
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
      if (
        !review ||
        shown.current.deciding ||
        typing ||
        event.ctrlKey ||
        event.altKey ||
        event.metaKey
      )
        return;
      const decision = { r: 'release', o: 'opt-out' }[event.key] as Decision | undefined;
      if (!decision) return;
      event.preventDefault();
      setDeciding({ review, decision });
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);

  return (
    <>
      <section class="card" aria-labelledby="reviews-title">
        <header>
          <h2 id="reviews-title">To be read by a person</h2>
          <span class="hint">
            Nothing automated is sent to these numbers until it is decided. <kbd>R</kbd> releases
            the first, <kbd>O</kbd> opts it out.
          </span>
          <span class="gap" />
          <a class="download" href={downloadUrl('/exports/reviews')} download>
            Download CSV
          </a>
        </header>
        {reviews !== null && total > reviews.length && (
          <p class="hint">
            These {reviews.length} of {total.toLocaleString()} are due first: the others come as
            these are decided.
          </p>
        )}
        <Loading of={reviews} {...asking} />
        {reviews?.length === 0 && <p class="empty">Nothing waits.</p>}
      </section>
      {reviews?.map((review) => {
        const { text, mood } = urgency(review);
        return (
          <article key={review.id} class="card" aria-label={`Review of ${review.number}`}>
            <header>
              <h3>
                <a href={numberLink(review.number)}>{review.number}</a>
              </h3>
              <Said text={text} mood={mood} />
              <span class="hint">
                to {review.ours}, {moment(review.dateCreated)}
              </span>
              <span class="gap" />
              <button onClick={() => setDeciding({ review, decision: 'release' })}>
                Release<span class="unseen"> {review.number}</span>
              </button>
              <button class="primary" onClick={() => setDeciding({ review, decision: 'opt-out' })}>
                Opt out<span class="unseen"> {review.number}</span>
              </button>
            </header>
            {review.texts.map((said, i) => (
              <ReadingView key={i} text={said.text} reading={said.reading} />
            ))}
          </article>
        );
      })}
      {deciding && (
        <DecisionDialog
          {...props}
          {...deciding}
          onClose={() => setDeciding(null)}
          onDecided={(said) => {
            setDeciding(null);
            onNotice(said);
            look();
          }}
        />
      )}
    </>
  );
}

interface DialogProps extends PageProps {
  review: Review;
  decision: Decision;
  onClose: () => void;
  onDecided: (said: string) => void;
}

function DecisionDialog({ review, decision, scopes, onClose, onDecided, onTrouble }: DialogProps) {
  const [scope, setScope] = useState(review.scope);
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const out = decision === 'opt-out';

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      await tell(`/reviews/${encodeURIComponent(review.id)}/decision`, {
        decision,
        reason: why.trim(),
        ...(out ? { scope } : {}),
      });
      onDecided(`${review.number}: ${out ? 'opted out' : 'released'}.`);
    } catch (error) {
      if (error instanceof Refusal) setProblem(error.message);
      else onTrouble(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal title={`${out ? 'Opt out' : 'Release'} ${review.number}`} onClose={onClose}>
      <Facts facts={[['Wrote', review.texts.at(-1)?.text ?? '']]} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        {out && <ScopeSelect label="Scope" scopes={scopes} value={scope} onValue={setScope} />}
        {out && (
          <p>
            What is held is not sent, and one confirmation is, within five minutes of their text,
            unless they have had one.
          </p>
        )}
        {!out && <p>What is held is sent: {scopeText(review.scope)}.</p>}
        <FormEnd
          label="Reason"
          text={why}
          onText={setWhy}
          problem={problem}
          action={out ? 'Opt it out' : 'Release it'}
          disabled={busy}
          onCancel={onClose}
        />
      </form>
    </Modal>
  );
}
