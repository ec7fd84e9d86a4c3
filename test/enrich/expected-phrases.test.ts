import { expect, it } from 'vitest';
import { compileExpectations } from '../../src/enrich/compile-expectations.ts';
import { expectedPhrases } from '../../src/enrich/expected-phrases.ts';
import { parseExpectations } from '../../src/enrich/parse-expectations.ts';
import { observation, type Given } from './observation.ts';

const TEXT = `
environments:
  production: ['vault:*/secret/production/**']
networks:
  office: [203.0.113.0/24]
  many: [10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16, '2001:db8:1::/48']
  guests: [192.0.2.0/25]
teams:
  payments:
    networks: [office]
    roles:
      developer: { members: ['person:*@payments.acme.example'] }
      on-call: { members: ['vault:eu/userpass/cleo'], environments: [production] }
  delivery:
    networks: [many]
    roles:
      deploy: { members: ['vault:eu/approle/*'], environments: [production] }
people:
  person:cleo@payments.acme.example: ['vault:eu/userpass/cleo']
everyone:
  networks: [guests]
`;

function phrases(given: Given): Readonly<Record<string, string>> {
  const parsed = parseExpectations(TEXT, 'expectations.yaml', () => ({ ok: false, error: '' }));
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  const { event } = compileExpectations(parsed.value).enrich(observation(given));
  return expectedPhrases(parsed.value, event);
}

const SECRET = 'vault:eu/secret/production/db';

it.each<[string, Given, string | undefined, string | undefined]>([
  ['one network', { actor: 'person:ana@payments.acme.example' }, 'from 203.0.113.0/24', undefined],
  ['a person under another name', { actor: 'vault:eu/userpass/cleo' }, 'from 203.0.113.0/24', undefined],
  [
    'many networks',
    { actor: 'vault:eu/approle/bot', secret: SECRET },
    'from 10.1.0.0/16 or 10.2.0.0/16 or 10.3.0.0/16 or 2 more',
    'with role on-call or deploy',
  ],
  ['nobody`s team', { actor: 'vault:eu/token/x', secret: SECRET }, 'from 192.0.2.0/25', 'with role on-call or deploy'],
  ['nobody', { secret: 'vault:eu/secret/other/db' }, undefined, undefined],
])('what would be expected is said in words: %s', (_, given, network, role) => {
  const said = phrases(given);
  expect([said['whosaw.expected.network'], said['whosaw.expected.role']]).toEqual([network, role]);
});
