import { describe, expect, it } from 'vitest';
import { printAlert, printClosed } from '../../src/alerts/print-alert.ts';
import { alert, alertEvent, HOSTILE } from './alert.ts';

const OPTIONS = { zone: 'Europe/Berlin', colours: false, nowMs: Date.parse('2025-03-15T10:00:00Z') };

describe('printAlert', () => {
  it('says when, what, who, from where, why, what would have kept it quiet, and what next', () => {
    expect(printAlert(alert(), OPTIONS)).toBe(
      [
        '03:36:40+01:00  HIGH  Staging identity suddenly reads production            a7f391c2',
        '  person:sam@payments.acme.example (payments, developer)',
        '  read vault:eu/secret/production/db-password from 192.0.2.77',
        '  why    first in 30d',
        '  quiet  with a role that covers it',
        '  next   whosaw who vault:eu/secret/production/db-password --around 2025-03-15T02:36Z',
      ].join('\n'),
    );
  });

  it('does without a counterfactual', () => {
    const { quiet: _, ...rest } = alert();
    expect(printAlert(rest, OPTIONS)).not.toContain('quiet');
  });

  it('names the day when it is not today', () => {
    expect(printAlert(alert(), { ...OPTIONS, nowMs: Date.parse('2025-03-17T10:00:00Z') })).toMatch(
      /^15 Mar 03:36:40\+01:00 {2}HIGH/,
    );
  });

  it('tells denials, several secrets and several addresses', () => {
    const events = ['a', 'b', 'c'].map((name, index) =>
      alertEvent({ outcome: 'failure', secret: `vault:eu/secret/${name}`, address: `192.0.2.${index}` }),
    );
    expect(printAlert(alert({ events, values: 17 }), OPTIONS)).toContain(
      '  tried to read 17 secrets, the first vault:eu/secret/a from 192.0.2.0 and 2 more',
    );
  });

  it('has something to say without identity and secret', () => {
    const { actor: _, secret: __, ...event } = alertEvent({ action: 'StopLogging', kind: 'audit' });
    const text = printAlert(alert({ group: { 'source.address': '192.0.2.1' }, events: [event] }), OPTIONS);
    expect(text).toContain('  source.address 192.0.2.1');
    expect(text).toContain('  StopLogging from 192.0.2.1');
    expect(text).toContain('next   whosaw alerts a7f391c2');
  });

  it('lets no audit text control the terminal', () => {
    const event = alertEvent({ actor: HOSTILE, secret: HOSTILE, address: HOSTILE, team: HOSTILE });
    const text = printAlert(alert({ group: {}, events: [event], why: HOSTILE, quiet: HOSTILE }), OPTIONS);
    // oxlint-disable-next-line no-control-regex
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text.split('\n')).toHaveLength(6);
  });
});

it('printClosed says how large it grew', () => {
  const grown = alert({ count: 3, last: '2025-03-15T02:37:21.530Z', ends: '2025-03-15T03:37:21.530Z' });
  expect(printClosed(grown, OPTIONS)).toBe('04:37:21+01:00        closed a7f391c2: 3 reads until 03:37:21+01:00');
});
