import { useState } from 'preact/hooks';

import { Checks, Field, Select } from '../views/Fields';
import { Modal } from '../views/Modal';
import { at, CLIENTS, send, type Client } from './api';
import { Edit, Form, type DialogProps } from './Form';

const SCOPES = [
  ['conversations', 'conversations', 'send agentless messages, read conversations'],
  ['supervisor', 'supervisor', 'what a supervisor may'],
  ['compliance', 'compliance', 'what compliance may, but for decisions'],
  ['admin', 'admin', 'set up people and things'],
] as const;

interface SecretProps {
  id: string;
  secret: string;
  onDone: () => void;
}

/** Shown this once: Bindery keeps no more than its hash. */
function Secret({ id, secret, onDone }: SecretProps) {
  return (
    <Modal title="The client’s secret" onClose={onDone}>
      <p>It is shown this once. Keep it where the program finds it, and nobody else does.</p>
      <dl class="facts secret">
        <div>
          <dt>Client id</dt>
          <dd>
            <code>{id}</code>
          </dd>
        </div>
        <div>
          <dt>Secret</dt>
          <dd>
            <code>{secret}</code>
          </dd>
        </div>
      </dl>
      <div class="dialog-actions">
        <button class="primary" onClick={onDone}>
          I have it
        </button>
      </div>
    </Modal>
  );
}

/** Adds a program that uses the API, or changes what it may. */
export function ClientDialog({ client, ...props }: DialogProps & { client: Client | null }) {
  const [name, setName] = useState(client?.name ?? '');
  const [description, setDescription] = useState(client?.description ?? '');
  const [scope, setScope] = useState<readonly string[]>(client?.scope ?? ['conversations']);
  const [state, setState] = useState<Client['state']>(client?.state ?? 'active');
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  if (made) return <Secret {...made} onDone={() => props.onDone(true)} />;
  const body = { ...client, name, description, scope, state };
  async function add(): Promise<string> {
    setMade((await send('POST', CLIENTS, body)) as { id: string; secret: string });
    return 'stay';
  }
  return (
    <Edit
      path={CLIENTS}
      what="client"
      thing={client}
      body={body}
      {...(client ? {} : { onSubmit: add })}
      {...props}
    >
      <Field label="Name" value={name} onValue={setName} maxLength={128} required />
      <Field label="Description" value={description} onValue={setDescription} maxLength={1024} />
      <Checks label="It may" class="codes" options={SCOPES} chosen={scope} onChosen={setScope} />
      {client && (
        <Select
          label="State"
          value={state}
          options={[
            ['active', 'active'],
            ['inactive', 'inactive: gets no token, and its tokens are over'],
          ]}
          onValue={setState}
        />
      )}
    </Edit>
  );
}

/** Another secret for a client whose own was lost or seen. */
export function SecretDialog({ client, ...props }: DialogProps & { client: Client }) {
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  if (made) return <Secret {...made} onDone={() => props.onDone(true)} />;
  return (
    <Form
      title={`Another secret for ${client.name}?`}
      action="Make it"
      onSubmit={async () => {
        const path = `${at(CLIENTS, client.id)}/secret`;
        setMade((await send('POST', path)) as { id: string; secret: string });
        return 'stay';
      }}
      {...props}
    >
      <p>The one that it has is no good any more, and its tokens are over.</p>
    </Form>
  );
}
