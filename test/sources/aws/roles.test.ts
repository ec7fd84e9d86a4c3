import { afterAll, expect, it } from 'vitest';
import { openLookup } from '../../../src/sources/aws/cloudtrail-client.ts';
import { secretRead, startLookupServer } from '../../services/lookup-events.ts';
import { startMoto } from '../../services/moto.ts';

const moto = await startMoto();
const server = await startLookupServer();
afterAll(() => Promise.all([moto?.close(), server.close()]));

it.skipIf(moto === undefined)('a role is assumed, and its credentials sign', async () => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: moto?.url,
    AWS_ENDPOINT_URL_CLOUDTRAIL: server.url,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const nowMs = Date.now();
  server.events.push(secretRead('a', nowMs - 1_000));
  const identity = { role: 'arn:aws:iam::111122223333:role/whosaw', externalId: 'shared-word' };
  const client = await openLookup({ identity, region: 'eu-central-1', eventSource: undefined });
  const { events } = await client.page({ fromMs: nowMs - 60_000, toMs: nowMs }, new AbortController().signal);
  expect(events.map(({ id }) => id)).toEqual(['a']);
  expect(server.requests[0]?.key).toMatch(/^ASIA/);
});
