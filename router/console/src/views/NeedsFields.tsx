import { useEffect, useState } from 'preact/hooks';

import { all, SKILLS } from '../admin/api';
import { byName } from '../format';
import { changedNeeds } from '../needs';
import type { Needs } from '../wire';
import { useFind } from './Find';

const PRIORITY_MAX = 1000;

interface Skill {
  id: string;
  name: string;
}

interface Props {
  /** What it asks for now. */
  known: Needs;
  /** What it is to ask for instead; null as long as that is the same. */
  needs: Needs | null;
  onNeeds: (needs: Needs | null) => void;
}

/** What a conversation asks for of whoever gets it. It keeps that, so it is out of the way until it is opened. */
export function NeedsFields({ known, needs, onNeeds }: Props) {
  const now = needs ?? known;
  const [skills, setSkills] = useState<readonly Skill[] | null>(null);
  const [problem, setProblem] = useState('');
  const { shown, find, none } = useFind('Find a skill', skills ?? [], ({ name }) => name);
  const names = new Map(skills?.map(({ id, name }) => [id, name]));

  useEffect(() => {
    let gone = false;
    all<Skill>(SKILLS).then(
      (found) => gone || setSkills([...found].sort((a, b) => byName(a.name, b.name))),
      () => gone || setProblem('The list of skills did not come. Skills stay as they are.'),
    );
    return () => {
      gone = true;
    };
  }, []);

  function change(part: Partial<Needs>): void {
    const next = { ...now, ...part };
    onNeeds(Object.keys(changedNeeds(known, next)).length ? next : null);
  }

  function choose(id: string, on: boolean): void {
    change({ skills: on ? [...now.skills, id] : now.skills.filter((other) => other !== id) });
  }

  const asked = now.skills.map((id) => names.get(id) ?? id).join(', ') || 'no skills';
  return (
    <details class="needs">
      <summary>
        {needs ? 'Will ask for' : 'Asks for'} {asked}, priority {now.priority}
      </summary>
      <fieldset class="codes">
        <legend>Skills</legend>
        {find}
        <div class="choices">
          {shown.map(({ id, name }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={now.skills.includes(id)}
                onChange={(event) => choose(id, event.currentTarget.checked)}
              />
              {name}
            </label>
          ))}
          {none}
        </div>
        {skills?.length === 0 && <p>There are no skills here.</p>}
        {problem && <p class="hint">{problem}</p>}
      </fieldset>
      <label class="notes">
        Priority, in minutes of waiting
        <input
          type="number"
          required
          min={-PRIORITY_MAX}
          max={PRIORITY_MAX}
          step={1}
          value={now.priority}
          onInput={({ currentTarget: { valueAsNumber: priority } }) =>
            Number.isNaN(priority) || change({ priority })
          }
        />
      </label>
    </details>
  );
}
