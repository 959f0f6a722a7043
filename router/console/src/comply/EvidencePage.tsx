import { useEffect, useState } from 'preact/hooks';

import { read, type Evidence, type Pdu, type Proof, type Sent } from './api';
import type { PageProps } from './Comply';
import { type Fact, Facts, Said } from './Facts';
import { Loading } from '../views/Loading';
import { ReadingView } from './ReadingView';
import { moment, numberLink, scopesText, scopeText, sourceText, whatSaid } from './words';

const RAW: readonly (readonly [string, string])[] = [
  ['carrier', 'Carrier'],
  ['bind', 'Bind'],
  ['sequenceNumber', 'sequence_number'],
  ['sourceAddress', 'source_addr'],
  ['sourceTon', 'source_addr_ton'],
  ['sourceNpi', 'source_addr_npi'],
  ['destinationAddress', 'destination_addr'],
  ['destinationTon', 'dest_addr_ton'],
  ['destinationNpi', 'dest_addr_npi'],
  ['esmClass', 'esm_class'],
  ['protocolId', 'protocol_id'],
  ['dataCoding', 'data_coding'],
  ['fromPayload', 'In message_payload'],
  ['udh', 'User data header'],
  ['body', 'Body'],
  ['tlvs', 'TLVs'],
];

const OCTETS = new Set(['udh', 'body', 'tlvs']);

/** The file that a person takes away: all that the router said. */
function save(evidence: Evidence): void {
  const file = new Blob([`${JSON.stringify(evidence, null, 2)}\n`], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `evidence-${evidence.id}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function latency(evidence: Evidence): string {
  const at = evidence.confirmation?.dateSubmitted;
  if (!at || !evidence.dateReceived) return '';
  return `${((Date.parse(at) - Date.parse(evidence.dateReceived)) / 1000).toFixed(2)} s after it was received`;
}

/** Everything that is known of one record of the ledger, to be read, printed and taken away. */
export function EvidencePage({ id, asking }: PageProps & { id: string }) {
  const [evidence, setEvidence] = useState<Evidence | null>(null);

  useEffect(() => {
    read<Evidence>(`/suppressions/${encodeURIComponent(id)}`).then(setEvidence, asking.onLost);
  }, [id, asking.tries]);

  if (!evidence) return <Loading of={evidence} {...asking} />;
  const { record, raw } = evidence;
  const pdus = evidence.pdus ?? (raw ? [raw] : []);
  const { text, mood } = whatSaid(record.what ?? '');
  return (
    <article class="card" aria-labelledby="evidence-title">
      <header>
        <h2 id="evidence-title">{evidence.number ?? (record.who ? 'Erased number' : 'Record')}</h2>
        <Said text={text} mood={mood} />
        {evidence.inForce !== null && (
          <Said
            text={evidence.inForce ? 'In force' : 'Not in force any more'}
            mood={evidence.inForce ? 'danger' : 'calm'}
          />
        )}
        <span class="gap" />
        {evidence.number && <a href={numberLink(evidence.number)}>All of this number</a>}
        <button onClick={() => window.print()}>Print</button>
        <button onClick={() => save(evidence)}>Save as JSON</button>
      </header>
      <Facts
        facts={[
          ['Scope', scopeText(record.scope ?? '')],
          ['Suppressed before', scopesText(evidence.scopesBefore)],
          ['Suppressed after', scopesText(evidence.scopesAfter)],
          ['Source', sourceText(record.source ?? '')],
          ['By', record.by ?? (record.source === 'keyword' ? 'the customer' : '')],
          ['Approved by', record.approved ?? ''],
          ['Remark', evidence.note ?? record.reason ?? ''],
          ['To our number', record.ours ?? ''],
          ['Received', moment(evidence.dateReceived)],
          ['Effective', moment(evidence.dateEffective)],
          [
            'Confirmed',
            evidence.confirmation
              ? `${moment(evidence.confirmation.dateSubmitted)} ${latency(evidence) && `(${latency(evidence)})`}`
              : '',
          ],
          ['Rule and rule set', record.rule ?? ''],
          ['List', record.batch ?? ''],
          ['Numbers', record.rows ?? ''],
          ['SHA-256 of the file', record.file ?? ''],
        ]}
      />
      {evidence.erased && record.seal && (
        <p class="hint">What stood beside this record was erased; its proof holds.</p>
      )}
      {evidence.reading && evidence.text !== undefined && (
        <section aria-labelledby="text-title">
          <h3 id="text-title">
            The message <span class="hint">as it reads by today’s rules</span>
          </h3>
          <ReadingView text={evidence.text} reading={evidence.reading} />
          {evidence.partial && <p class="hint">Parts of it never came.</p>}
        </section>
      )}
      {raw && (
        <section aria-labelledby="raw-title">
          <h3 id="raw-title">
            As the carrier sent it{' '}
            {pdus.length > 1 && <span class="hint">in {pdus.length} PDUs, by their parts</span>}
          </h3>
          {pdus.map((pdu, i) => (
            <PduView key={i} pdu={pdu} alone={pdus.length === 1} />
          ))}
        </section>
      )}
      {raw && (
        <section aria-labelledby="around-title">
          <h3 id="around-title">Before and after</h3>
          <SentView title="The last message sent before it" sent={evidence.lastOutbound ?? null} />
          <SentView title="The confirmation" sent={evidence.confirmation ?? null} />
        </section>
      )}
      <ProofView evidence={evidence} proof={evidence.proof} />
    </article>
  );
}

/** One PDU: the message, or a part of it. */
function PduView({ pdu, alone }: { pdu: Pdu; alone: boolean }) {
  return (
    <div class="pdu">
      {!alone && (
        <h4>
          Part {pdu.part} of {pdu.parts}
        </h4>
      )}
      <Facts
        facts={[
          ['Received', moment(String(pdu.dateReceived))],
          ...RAW.map(([name, label]): Fact => {
            const value = pdu[name];
            if (OCTETS.has(name)) return [label, value ? <Octets text={String(value)} /> : ''];
            return [label, typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)];
          }),
        ]}
      />
    </div>
  );
}

const Octets = ({ text }: { text: string }) => (
  <code class="octets">{text.replace(/(..)/g, '$1 ').trim()}</code>
);

function SentView({ title, sent }: { title: string; sent: Sent | null }) {
  return (
    <div class="sent">
      <h4>{title}</h4>
      {sent ? (
        <>
          <blockquote dir="auto">{sent.text}</blockquote>
          <Facts
            facts={[
              ['By', sent.automatic ? 'Bindery' : sent.by],
              ['State', sent.reason ? `${sent.state} (${sent.reason})` : sent.state],
              ['Accepted', moment(sent.dateAccepted)],
              ['Submitted', moment(sent.dateSubmitted)],
              ['Last receipt', moment(sent.dateReceipt)],
              ['Carrier', sent.carrier],
              ['Message', sent.id],
            ]}
          />
        </>
      ) : (
        <p class="hint">None.</p>
      )}
    </div>
  );
}

function ProofView({ evidence, proof }: { evidence: Evidence; proof: Proof | null }) {
  return (
    <section aria-labelledby="proof-title">
      <h3 id="proof-title">
        Proof{' '}
        {proof?.rootIsSigned ? (
          <Said text="In the signed tree" mood="good" />
        ) : (
          <Said text="Not yet signed" mood="warn" />
        )}
      </h3>
      <Facts
        facts={[
          ['Ledger', `partition ${evidence.partition}, record ${evidence.index}`],
          ['Record', <code class="octets">{evidence.recordText.replace(/\t/g, '  ')}</code>],
          [
            'What stands beside',
            evidence.sealIntact === undefined
              ? ''
              : evidence.sealIntact
                ? 'is what was sealed'
                : 'is NOT what was sealed',
          ],
          ['Leaf', proof && <code class="octets">{proof.leaf}</code>],
          [
            'Path',
            proof && proof.path.length > 0 && <code class="octets">{proof.path.join(' ')}</code>,
          ],
          ['Root', proof && <code class="octets">{proof.root}</code>],
          ['Records in the tree', proof ? proof.treeSize.toLocaleString() : ''],
          ['Signed', proof?.dateSigned ? moment(proof.dateSigned) : ''],
          ['Public key, Ed25519', proof && <code class="octets">{proof.publicKey}</code>],
        ]}
      />
      {!proof && <p class="hint">The record is some moments old; look again shortly.</p>}
    </section>
  );
}
