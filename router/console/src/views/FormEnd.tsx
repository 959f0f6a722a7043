import { NOTE_MAX, tooLong } from '../format';

interface Props {
  /** What the text field is called. */
  label: string;
  text: string;
  onText: (text: string) => void;
  problem: string | null;
  /** What the form does, as its button says it. */
  action: string;
  disabled: boolean;
  /** What else may be done with the form. */
  also?: { action: string; disabled: boolean; onPress: () => void };
  onCancel: () => void;
}

/** The end of a dialog's form: a text, what is wrong, and the way out and on. */
export function FormEnd(props: Props) {
  const { label, text, onText, problem, action, also, onCancel } = props;
  const excess = tooLong(text, NOTE_MAX);
  const disabled = props.disabled || excess !== null;
  return (
    <>
      <label class="notes">
        {label}
        <textarea rows={3} value={text} onInput={(event) => onText(event.currentTarget.value)} />
      </label>
      <p class="form-error" role="alert">
        {excess ?? problem}
      </p>
      <div class="dialog-actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        {also && (
          <button type="button" disabled={also.disabled || excess !== null} onClick={also.onPress}>
            {also.action}
          </button>
        )}
        <button class="primary" disabled={disabled}>
          {action}
        </button>
      </div>
    </>
  );
}
