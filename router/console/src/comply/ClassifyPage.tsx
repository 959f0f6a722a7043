import { useEffect, useState } from 'preact/hooks';

import { all } from './api';
import type { PageProps } from './Comply';
import { ScopeSelect } from './Facts';
import { Field, Select } from '../views/Fields';
import type { Version } from './rulesets';
import { TryBox } from './TryBox';
import { scopeText } from './words';

interface Listed {
  id: string;
  draft: Version | null;
}

/** What would this text do? The classifier that reads what comes in says so. */
export function ClassifyPage({ scopes, onTrouble }: PageProps) {
  const [place, setPlace] = useState('');
  const [language, setLanguage] = useState('');
  const [drafts, setDrafts] = useState<readonly Listed[]>([]);
  const [tried, setTried] = useState('');

  useEffect(() => {
    all<Listed>('/rule-sets').then(
      (listed) => setDrafts(listed.filter(({ draft }) => draft !== null)),
      onTrouble,
    );
  }, []);

  const [kind, name] = [place.slice(0, place.indexOf(':')), place.slice(place.indexOf(':') + 1)];
  const draft = drafts.find(({ id }) => id === tried)?.draft;
  const by = {
    ...(place ? { [kind]: name } : {}),
    ...(language && (place || tried) ? { language } : {}),
    ...(draft ? { ruleSet: tried, version: draft.version } : {}),
  };
  return (
    <section class="card" aria-labelledby="classify-title">
      <h2 id="classify-title">What would this text do?</h2>
      <div class="search">
        <div class="row-fields">
          <ScopeSelect
            label="Sent to"
            none="Nobody in particular"
            scopes={scopes.filter((scope) => /^(programme|number):/.test(scope))}
            value={place}
            onValue={setPlace}
          />
          <Select
            label="By the rules"
            value={tried}
            options={[
              ['', 'in force'],
              ...drafts.map(
                ({ id, draft: one }) =>
                  [id, `with draft ${one?.version} of ${scopeText(id)}`] as const,
              ),
            ]}
            onValue={setTried}
          />
          <Field
            label="Own words of one language"
            hint="all"
            value={language}
            onValue={(value) => setLanguage(value.toLowerCase())}
            maxLength={2}
          />
        </div>
      </div>
      <TryBox by={by} onTrouble={onTrouble} />
    </section>
  );
}
