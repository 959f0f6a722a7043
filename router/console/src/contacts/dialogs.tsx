/** What is asked of whoever changes customers. */
import { useEffect, useState } from 'preact/hooks';

import { at, send } from '../admin/api';
import { Edit, Form, type DialogProps } from '../admin/Form';
import { reason, SignedOut } from '../comply/api';
import { Field } from '../views/Fields';
import { Table } from '../views/Table';
import { moment } from '../comply/words';
import { Modal } from '../views/Modal';
import { calledBy, changesOf, CONTACTS, type Change, type Contact } from './api';

const VALUE_MAX = 256;
const OWN_MOST = 30;

const NAMES = [
  ['firstName', 'First name'],
  ['lastName', 'Last name'],
  ['title', 'Title'],
  ['workEmail', 'E-mail'],
] as const;
const REST = [
  ['salutation', 'Salutation'],
  ['middleName', 'Middle name'],
  ['personalEmail', 'Private e-mail'],
  ['otherEmail', 'Other e-mail'],
  ['externalSystemUrl', 'Page'],
] as const;
const ADDRESS = [
  ['address1', 'Address'],
  ['address2', 'Address, second line'],
  ['postalCode', 'Postal code'],
  ['city', 'City'],
  ['state', 'State'],
  ['countryCode', 'Country'],
] as const;

type Own = readonly (readonly [string, string])[];

interface OwnProps {
  own: Own;
  onOwn: (own: Own) => void;
}

/** Fields of the operator's own, a name and a value a row. */
function OwnFields({ own, onOwn }: OwnProps) {
  const set = (row: number, entry: readonly [string, string]): void =>
    onOwn(own.map((old, i) => (i === row ? entry : old)));
  return (
    <fieldset class="own-fields">
      <legend>Fields of your own</legend>
      {own.map(([name, value], row) => (
        <div class="own-row" key={row}>
          <input
            aria-label={`Name of field ${row + 1}`}
            placeholder="Name"
            value={name}
            maxLength={32}
            pattern="[A-Za-z0-9_\-]{1,32}"
            title="Letters, digits, _ and -"
            required={value !== ''}
            onInput={(event) => set(row, [event.currentTarget.value, value])}
          />
          <input
            aria-label={`Value of field ${row + 1}`}
            placeholder="Value"
            value={value}
            maxLength={VALUE_MAX}
            onInput={(event) => set(row, [name, event.currentTarget.value])}
          />
          <button
            type="button"
            aria-label={`Remove field ${name || row + 1}`}
            onClick={() => onOwn(own.filter((_, i) => i !== row))}
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        disabled={own.length >= OWN_MOST}
        onClick={() => onOwn([...own, ['', '']])}
      >
        Add a field
      </button>
    </fieldset>
  );
}

/** Adds a customer, or changes one. */
export function CustomerDialog({ contact, ...props }: DialogProps & { contact: Contact | null }) {
  const [number, setNumber] = useState(contact?.cellPhone.e164 ?? '');
  const [fields, setFields] = useState<Partial<Contact>>(contact ?? {});
  const [address, setAddress] = useState<Contact['address']>(contact?.address ?? {});
  const [own, setOwn] = useState<Own>(Object.entries(contact?.customFields ?? {}));
  const body = {
    ...fields,
    address,
    cellPhone: { userInput: number },
    customFields: Object.fromEntries(own.filter(([name]) => name)),
    ...(contact ? { version: contact.version } : {}),
  };
  const field = ([name, label]: (typeof NAMES)[number] | (typeof REST)[number]) => (
    <Field
      key={name}
      label={label}
      value={fields[name] ?? ''}
      onValue={(value) => setFields({ ...fields, [name]: value })}
      maxLength={VALUE_MAX}
    />
  );
  const hidden = REST.some(([name]) => contact?.[name]) || Object.keys(address).length > 0;
  return (
    <Edit
      path={CONTACTS}
      what="customer"
      thing={contact && { ...contact, name: calledBy(contact) }}
      body={body}
      {...props}
    >
      {contact ? (
        <p class="hint">
          Texts from {contact.cellPhone.e164}. A number stays; for another one add another customer.
        </p>
      ) : (
        <Field
          label="Number that they text from, with its country"
          hint="+44 7700 900123"
          type="tel"
          value={number}
          onValue={setNumber}
          maxLength={40}
          required
        />
      )}
      {NAMES.map(field)}
      <details open={hidden}>
        <summary>Address and more</summary>
        <div class="fields">
          {ADDRESS.map(([name, label]) => (
            <Field
              key={name}
              label={label}
              value={address[name] ?? ''}
              onValue={(value) => setAddress({ ...address, [name]: value })}
              maxLength={VALUE_MAX}
            />
          ))}
          {REST.map(field)}
        </div>
      </details>
      <OwnFields own={own} onOwn={setOwn} />
    </Edit>
  );
}

export function EraseDialog({ contact, ...props }: DialogProps & { contact: Contact }) {
  return (
    <Form
      title={`Erase ${calledBy(contact)}?`}
      action="Erase"
      onSubmit={() => send('DELETE', at(CONTACTS, contact.id))}
      {...props}
    >
      <p>
        Everything that is known of {contact.cellPhone.e164} is erased, and what was changed of it.
        It cannot be brought back.
      </p>
      <p class="hint">
        Messages, opt-outs and the ledger of consent are not: an opt-out goes on being kept.
      </p>
    </Form>
  );
}

const ACTIONS: Record<Change['action'], string> = {
  create: 'made it',
  update: 'changed it',
  delete: 'erased it',
};

/** Who has made and changed it. */
export function ChangesDialog({ contact, ...props }: DialogProps & { contact: Contact }) {
  const [changes, setChanges] = useState<readonly Change[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    changesOf(contact.id).then(setChanges, (error: unknown) => {
      if (error instanceof SignedOut) props.onSignedOut();
      else setTrouble(reason(error));
    });
  }, [contact.id]);
  const close = (): void => props.onDone(false);
  return (
    <Modal title={`What was changed of ${calledBy(contact)}`} onClose={close}>
      {changes === null && trouble === null && <p role="status">Loading…</p>}
      <p class="form-error" role="alert">
        {trouble}
      </p>
      {changes !== null && (
        <Table label="Changes" heads={['When', 'Who', 'Field', 'Before', 'After']}>
          {changes.flatMap(({ id, eventDate, user, action, propertyChanges }) =>
            propertyChanges.map(({ property, oldValues, newValues }, i) => (
              <tr key={`${id} ${property}`}>
                <td>{i === 0 && moment(eventDate)}</td>
                <td>{i === 0 && `${user.id} ${ACTIONS[action]}`}</td>
                <th scope="row">{property.replace(/^own\./, '')}</th>
                <td class="remark">{oldValues[0]}</td>
                <td class="remark">{newValues[0]}</td>
              </tr>
            )),
          )}
        </Table>
      )}
      <div class="dialog-actions">
        <button onClick={close}>Close</button>
      </div>
    </Modal>
  );
}
