import { useState } from 'preact/hooks';

import { ANSWERS, newLanguage, WORDS, wordsOf, type LanguageSet, type RuleSet } from './rulesets';
import { languageName } from './words';

interface AnswersProps {
  about: string;
  value: Pick<RuleSet, 'stopText' | 'helpText' | 'startText'>;
  below: string;
  onValue: (key: 'stopText' | 'helpText' | 'startText', text: string) => void;
}

function Answers({ about, value, below, onValue }: AnswersProps) {
  return (
    <div class="three-fields">
      {ANSWERS.map(([key, label]) => (
        <label class="field" key={key}>
          <span>
            {label}
            {about && <span class="unseen">, {about}</span>}
          </span>
          <textarea
            rows={3}
            maxLength={1600}
            placeholder={below}
            value={value[key]}
            onInput={(event) => onValue(key, event.currentTarget.value)}
          />
        </label>
      ))}
    </div>
  );
}

interface LanguageProps {
  value: LanguageSet;
  onValue: (value: LanguageSet) => void;
  onRemove: () => void;
}

function Language({ value, onValue, onRemove }: LanguageProps) {
  const name = languageName(value.language);
  // What is typed stands until it is a list again, so that a line can be begun.
  const [typed, setTyped] = useState<Record<string, string>>({});

  return (
    <fieldset class="language">
      <legend>{name}</legend>
      <div class="three-fields">
        {WORDS.map(([key, label]) => (
          <label class="field" key={key}>
            <span>
              {label} keywords<span class="unseen">, {name}</span>
              <span class="hint">, one a line</span>
            </span>
            <textarea
              rows={4}
              value={typed[key] ?? value[key].join('\n')}
              onInput={(event) => {
                setTyped({ ...typed, [key]: event.currentTarget.value });
                onValue({ ...value, [key]: wordsOf(event.currentTarget.value) });
              }}
            />
          </label>
        ))}
      </div>
      <Answers
        about={name}
        value={value}
        below="As above"
        onValue={(key, text) => onValue({ ...value, [key]: text })}
      />
      <div>
        <button type="button" onClick={onRemove}>
          Remove {name}
        </button>
      </div>
    </fieldset>
  );
}

interface Props {
  value: RuleSet;
  /** What an empty answer stands for. */
  below: string;
  onValue: (value: RuleSet) => void;
}

/** Keywords and answers being written. */
export function RuleSetEditor({ value, below, onValue }: Props) {
  const [code, setCode] = useState('');
  const languages = (next: LanguageSet[]): void => onValue({ ...value, languages: next });
  const fits = /^[a-z]{2}$/.test(code) && !value.languages.some((one) => one.language === code);

  return (
    <div class="fields">
      <Answers
        about=""
        value={value}
        below={below}
        onValue={(key, text) => onValue({ ...value, [key]: text })}
      />
      {value.languages.map((one) => (
        <Language
          key={one.language}
          value={one}
          onValue={(next) =>
            languages(value.languages.map((other) => (other === one ? next : other)))
          }
          onRemove={() => languages(value.languages.filter((other) => other !== one))}
        />
      ))}
      <div class="row-fields">
        <label class="field narrow-field">
          Another language
          <input
            value={code}
            maxLength={2}
            placeholder="fr"
            autocomplete="off"
            onInput={(event) => setCode(event.currentTarget.value.toLowerCase())}
          />
        </label>
        <button
          type="button"
          disabled={!fits}
          onClick={() => {
            languages([...value.languages, newLanguage(code)]);
            setCode('');
          }}
        >
          Add the language
        </button>
      </div>
    </div>
  );
}
