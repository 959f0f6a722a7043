import { useEffect, useState } from 'preact/hooks';

import { MOST } from '../pages';
import { Modal } from '../views/Modal';
import { all, downloadUrl, read, tell, type Leaf, type Removal } from './api';
import type { PageProps } from './Comply';
import { Facts, Said } from './Facts';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import { moment, numberLink, scopeText } from './words';

interface Answering {
  request: Removal;
  answer: 'approve' | 'refuse';
}

const SHOWN = 50; // of what was answered, at first and by each More

const subject = ({ number, batchId }: Removal): string =>
  number || (batchId ? `List ${batchId}` : 'Erased number');

/** What waits for a second person, and what was answered. */
export function RemovalsPage({ user, onTrouble, asking, onNotice, onRequests }: PageProps) {
  const [asked, setAsked] = useState<readonly Removal[] | null>(null);
  const [done, setDone] = useState<Leaf<Removal>>({ entities: [], total: 0, pageCount: 0 });
  const [pages, setPages] = useState(1); // of what was answered, the newest first
  const [answering, setAnswering] = useState<Answering | null>(null);
  const [busy, setBusy] = useState(false);

  async function look(): Promise<void> {
    try {
      const [waiting, answered] = await Promise.all([
        all<Removal>('/removals'),
        read<Leaf<Removal>>('/removals', { state: 'answered', pageSize: `${pages * SHOWN}` }),
      ]);
      setAsked(waiting);
      setDone(answered);
    } catch (error) {
      asking.onLost(error);
    }
  }

  useEffect(() => void look(), [asking.tries, pages]);

  async function say({ request, answer }: Answering): Promise<void> {
    setBusy(true);
    try {
      await tell(`/removals/${encodeURIComponent(request.id)}/answer`, { answer });
      onNotice(`${subject(request)}: ${answer === 'approve' ? 'approved' : 'refused'}.`);
    } catch (error) {
      onTrouble(error);
    } finally {
      setBusy(false);
      setAnswering(null);
      onRequests();
      void look();
    }
  }

  return (
    <>
      <section class="card" aria-labelledby="asked-title">
        <header>
          <h2 id="asked-title">Waiting for a second person</h2>
          <span class="gap" />
          <a class="download" href={downloadUrl('/exports/removals')} download>
            Download CSV
          </a>
        </header>
        <Loading of={asked} {...asking} />
        {asked?.length === 0 && <p class="empty">Nothing waits.</p>}
        {asked !== null && asked.length > 0 && (
          <Table
            label="Requests"
            heads={['Of', 'Scope', 'Asked by', 'When', 'Reference', 'Reason', '']}
          >
            {asked.map((request) => (
              <tr key={request.id}>
                <th scope="row">
                  {request.number ? (
                    <a href={numberLink(request.number)}>{request.number}</a>
                  ) : (
                    subject(request)
                  )}
                </th>
                <td>
                  {request.batchId ? '' : scopeText(request.scope)}
                  {request.narrowTo && <> → {scopeText(request.narrowTo)}</>}
                </td>
                <td>{request.by}</td>
                <td>{moment(request.dateCreated)}</td>
                <td class="remark" dir="auto">
                  {request.reference}
                </td>
                <td class="remark" dir="auto">
                  {request.reason}
                </td>
                <td>
                  {request.by.toLowerCase() === user.name.toLowerCase() ? (
                    <span class="hint">Somebody else answers</span>
                  ) : (
                    <span class="commands">
                      <button
                        class="primary"
                        onClick={() => setAnswering({ request, answer: 'approve' })}
                      >
                        Approve<span class="unseen"> {subject(request)}</span>
                      </button>
                      <button onClick={() => setAnswering({ request, answer: 'refuse' })}>
                        Refuse<span class="unseen"> {subject(request)}</span>
                      </button>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </section>
      {done.entities.length > 0 && (
        <section class="card" aria-labelledby="done-title">
          <h2 id="done-title">Answered</h2>
          <Table
            label="Answered requests"
            heads={['Of', 'Scope', 'Asked by', 'When', 'Reference', 'Answer', 'By', '']}
          >
            {done.entities.map((request) => (
              <tr key={request.id}>
                <th scope="row">{subject(request)}</th>
                <td>
                  {request.batchId ? '' : scopeText(request.scope)}
                  {request.narrowTo && <> → {scopeText(request.narrowTo)}</>}
                </td>
                <td>{request.by}</td>
                <td>{moment(request.dateCreated)}</td>
                <td class="remark" dir="auto">
                  {request.reference}
                </td>
                <td>
                  <Said
                    text={request.state === 'approved' ? 'Approved' : 'Refused'}
                    mood={request.state === 'approved' ? 'good' : 'calm'}
                  />
                </td>
                <td>{request.answeredBy}</td>
                <td>
                  {request.batchId && request.state === 'approved' && (
                    <span class="hint">
                      taken from {request.taken.toLocaleString()} numbers
                      {request.whole ? '' : ', not all yet'}
                    </span>
                  )}
                  {request.batchId &&
                    request.state === 'approved' &&
                    !request.whole &&
                    request.by.toLowerCase() !== user.name.toLowerCase() && (
                      <button
                        disabled={busy}
                        onClick={() => void say({ request, answer: 'approve' })}
                      >
                        Go on<span class="unseen"> taking {subject(request)} back</span>
                      </button>
                    )}
                </td>
              </tr>
            ))}
          </Table>
          {done.entities.length < done.total && (
            <p>
              <span class="hint">
                The newest {done.entities.length} of {done.total.toLocaleString()}.
              </span>{' '}
              {pages * SHOWN < MOST && <button onClick={() => setPages(pages + 1)}>More</button>}
            </p>
          )}
        </section>
      )}
      {answering && (
        <Modal
          title={`${answering.answer === 'approve' ? 'Approve' : 'Refuse'} ${subject(answering.request)}?`}
          onClose={() => setAnswering(null)}
        >
          <Facts
            facts={[
              ['Asked by', answering.request.by],
              ['Scope', answering.request.batchId ? '' : scopeText(answering.request.scope)],
              ['Stays', answering.request.narrowTo ? scopeText(answering.request.narrowTo) : ''],
              ['Reference', answering.request.reference],
              ['Reason', answering.request.reason],
            ]}
          />
          <p>
            {answering.answer === 'approve'
              ? 'Messages may be sent again at once. Both names go into the ledger.'
              : 'What is suppressed stays so.'}
          </p>
          <div class="dialog-actions">
            <button onClick={() => setAnswering(null)}>Cancel</button>
            <button class="primary" disabled={busy} onClick={() => void say(answering)}>
              {answering.answer === 'approve' ? 'Approve it' : 'Refuse it'}
            </button>
          </div>
        </Modal>
      )}
    </>
  );
}
