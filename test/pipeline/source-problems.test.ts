import { expect, it } from 'vitest';
import { parseConfig } from '../../src/pipeline/config.ts';
import { unhealedSources } from '../../src/pipeline/source-problems.ts';

const problemsOf = (sources: string): readonly string[] => {
  const parsed = parseConfig(`sources:\n${sources}`, 'whosaw.yaml');
  return parsed.ok ? [] : parsed.error.map(({ line, message }) => `${line}: ${message}`);
};

it.each([
  ['  a: { type: vault }', /^2: .*exactly one of file, listen, kafka$/],
  ['  a: { type: vault, file: x, listen: "tcp://127.0.0.1:1" }', /exactly one of file, listen, kafka$/],
  ['  a: { type: vault, listen: "127.0.0.1:1" }', /must be an address such as tcp:/],
  ['  a: { type: cloudtrail, listen: "tcp://127.0.0.1:1" }', /must begin with http:/],
  ['  a: { type: vault, listen: "tls://127.0.0.1:1" }', /tls:\/\/ needs tls: \{ certificate, key \}/],
  ['  a: { type: vault, listen: "tcp://127.0.0.1:1", tls: { certificate: a, key: b } }', /tls is for tls:/],
  ['  a: { type: vault, listen: "tcp://127.0.0.1:1", token: "${T}" }', /token is for http:/],
  ['  a: { type: vault, file: x, token: "${T}" }', /token and tls are for sources that listen/],
  ['  a: { type: vault, listen: "http://0.0.0.0:1" }', /needs a token/],
  [
    '  a: { type: vault, listen: "tcp://127.0.0.1:1" }\n  b: { type: vault, listen: "tcp://127.0.0.1:1" }',
    /^3: .*where sources\.a listens already/,
  ],
])('says what is wrong with %s', (sources, message) => {
  expect(problemsOf(sources).join('\n')).toMatch(message);
});

it('names sockets whose cluster has no file', () => {
  const vault = { type: 'vault', token: undefined, tls: undefined } as const;
  expect(
    unhealedSources({
      file: { ...vault, cluster: 'eu', file: 'x' },
      healed: { ...vault, cluster: 'eu', listen: 'tcp://127.0.0.1:1' },
      alone: { ...vault, cluster: 'us', listen: 'tcp://127.0.0.1:2' },
    }),
  ).toEqual(['alone']);
});
