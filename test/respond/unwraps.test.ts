import { expect, it } from 'vitest';
import type { AuditEvent, Observation } from '../../src/core/event.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { printTimeline } from '../../src/respond/print-timeline.ts';
import { timeline } from '../../src/respond/timeline.ts';
import { batch, observation, SAM, type Given } from '../contract/store-fixtures.ts';
import { MemoryDisk, MemoryStore } from '../pipeline/memory-store.ts';

const at = (minute: number): string => `2025-03-15T02:${String(minute).padStart(2, '0')}:00Z`;
const us = (minute: number): number => parseTimeUs(at(minute)) ?? 0;

function wrapping(given: Given, token: string, path: string): Observation {
  const made = observation(given);
  const event: AuditEvent = { ...made.event, url: { path }, whosaw: { ...made.event.whosaw, wrap: { token } } };
  return { ...made, event };
}

it('a timeline says from where what was wrapped was unwrapped, first and with the same salt only', async () => {
  const unwrap = 'sys/wrapping/unwrap';
  const store = new MemoryStore(new MemoryDisk());
  await store.commit(
    batch({
      observations: [
        wrapping({ id: 'a', at: at(1), address: '10.0.0.1' }, 'hmac-sha256:0a', 'auth/approle/role/x/secret-id'),
        wrapping({ id: 'b', at: at(2), address: '10.0.0.1' }, 'hmac-sha256:0b', 'auth/approle/role/x/secret-id'),
        wrapping({ id: 'c', at: at(3), actor: null, address: '192.0.2.9' }, 'hmac-sha256:0a', unwrap),
        wrapping({ id: 'd', at: at(4), actor: null, address: '10.0.0.5' }, 'hmac-sha256:0a', unwrap),
        wrapping({ id: 'e', at: at(4), actor: null, address: '10.0.0.5' }, 'hmac-sha256:ff', unwrap),
      ],
    }),
  );
  const answer = await timeline(store, SAM, { fromUs: us(0), toUs: us(10) }, us(10) / 1_000);
  const steps = answer.sessions.flatMap((session) => session.steps);
  expect(steps.map((step) => (step.what === 'acts' ? step.unwrapped : 'none'))).toEqual([
    { atUs: us(3), address: '192.0.2.9' },
    undefined,
  ]);
  expect(printTimeline(answer, { zone: 'Etc/UTC' })).toContain('unwrapped 02:03:00.000 from 192.0.2.9');
});
