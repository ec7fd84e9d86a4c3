import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../src/alerts/file.ts';
import { slack, slackText } from '../../src/alerts/slack.ts';
import { terminal } from '../../src/alerts/terminal.ts';
import { webhook } from '../../src/alerts/webhook.ts';
import { SecretText } from '../../src/lib/secret-text.ts';
import { alert, alertEvent, HOSTILE } from './alert.ts';
import { startServer, type Answer } from './http-server.ts';

const SIGNAL = new AbortController().signal;
const NOW = Date.parse('2025-03-15T02:40:00Z');
const clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0)) await step();
});

async function server(...answers: readonly (Answer | 'hang')[]): Promise<Awaited<ReturnType<typeof startServer>>> {
  const started = await startServer(...answers);
  clean.push(() => started.close());
  return started;
}

describe('webhook', () => {
  it('posts the alert, signed so that the receiver can check it', async () => {
    const { url, received } = await server({ status: 204 });
    await webhook({
      name: 'soar',
      address: new SecretText(url),
      secret: new SecretText('key'),
      clock: () => NOW,
    }).deliver([alert()], SIGNAL);
    const [{ headers, body }] = received as [(typeof received)[0]];
    expect(JSON.parse(body)).toEqual({ type: 'alert', alert: alert() });
    expect(headers['idempotency-key']).toBe(alert().id);
    const timestamp = String(NOW / 1_000);
    expect(headers['x-whosaw-timestamp']).toBe(timestamp);
    expect(headers['x-whosaw-signature']).toBe(
      `sha256=${createHmac('sha256', 'key').update(`${timestamp}.${body}`).digest('hex')}`,
    );
  });

  it('sends what is long past as one digest', async () => {
    const { url, received } = await server({ status: 200 });
    const other = alert({ id: 'b'.repeat(32) });
    await webhook({ name: 'soar', address: new SecretText(url), clock: () => NOW }).deliver([alert(), other], SIGNAL);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ type: 'digest', alerts: [alert(), other] });
    expect(received[0]?.headers['x-whosaw-signature']).toBeUndefined();
  });

  it.each([
    [400, 'SINK_REFUSED'],
    [404, 'SINK_REFUSED'],
    [302, 'SINK_REFUSED'],
    [408, 'SINK_UNAVAILABLE'],
    [429, 'SINK_UNAVAILABLE'],
    [500, 'SINK_UNAVAILABLE'],
    [503, 'SINK_UNAVAILABLE'],
  ])('%i is %s', async (status, code) => {
    const elsewhere = await server({ status: 200 });
    const { url } = await server({
      status,
      body: 'no such hook at /hook/T0KEN, token=abcdefgh',
      headers: { location: elsewhere.url },
    });
    const delivery = webhook({ name: 'soar', address: new SecretText(url), clock: () => NOW }).deliver(
      [alert()],
      SIGNAL,
    );
    await expect(delivery).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`Sink soar answered ${status}`) as string,
    });
    await expect(delivery).rejects.not.toMatchObject({ message: expect.stringMatching(/T0KEN|abcdefgh/) as string });
    expect(elsewhere.received).toEqual([]);
  });

  it('honours Retry-After', async () => {
    const { url } = await server({ status: 429, headers: { 'retry-after': '7' } });
    const delivery = webhook({ name: 'soar', address: new SecretText(url), clock: () => NOW }).deliver(
      [alert()],
      SIGNAL,
    );
    await expect(delivery).rejects.toMatchObject({ retryable: true, retryAfterMs: 7_000 });
  });

  it('gives up waiting', async () => {
    const { url } = await server('hang');
    const hung = webhook({ name: 'soar', address: new SecretText(url), clock: () => NOW, timeoutMs: 50 }).deliver(
      [alert()],
      SIGNAL,
    );
    await expect(hung).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: 'Sink soar cannot be reached: no answer in time.',
    });
  });

  it('says that nobody is there without saying where', async () => {
    const { url, close } = await startServer({ status: 200 });
    await close();
    const delivery = webhook({ name: 'soar', address: new SecretText(url), clock: () => NOW }).deliver(
      [alert()],
      SIGNAL,
    );
    await expect(delivery).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: 'Sink soar cannot be reached: ECONNREFUSED.',
    });
  });
});

describe('slack', () => {
  it('says it in five lines', () => {
    expect(slackText(alert(), 'Europe/Berlin')).toBe(
      [
        '*HIGH · Staging identity suddenly reads production*',
        '`person:sam@payments.acme.example` (payments, developer) read `vault:eu/secret/production/db-password` from `192.0.2.77`.',
        '*Why:* first in 30d.',
        '*Next:* `whosaw who vault:eu/secret/production/db-password --around 2025-03-15T02:36Z`',
        '_15 Mar 03:36:40 CET · 02:36:40 UTC · seen 0.4 s later by vault-file · a7f391c2_',
      ].join('\n'),
    );
  });

  it('lets audit text neither mention, link, break out of its marks nor start lines', async () => {
    const { url, received } = await server({ status: 200 });
    const event = alertEvent({ actor: HOSTILE, secret: HOSTILE, address: HOSTILE, team: HOSTILE, source: HOSTILE });
    await slack({ name: 'on-call', webhook: new SecretText(url) }).deliver(
      [alert({ group: {}, events: [event] })],
      SIGNAL,
    );
    const { blocks } = JSON.parse(received[0]?.body ?? '') as { blocks: [{ text: { text: string } }] };
    const { text } = blocks[0].text;
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    expect(text.split('\n')).toHaveLength(5);
    expect(text.split('`').length % 2).toBe(1);
    expect(text.split('`')).toHaveLength(9);
  });

  it('has one message for a long past', async () => {
    const { url, received } = await server({ status: 200 });
    const many = Array.from({ length: 30 }, (_, index) => alert({ id: String(index).padStart(32, '0') }));
    await slack({ name: 'on-call', webhook: new SecretText(url) }).deliver(many, SIGNAL);
    expect(received).toHaveLength(1);
    expect(received[0]?.body).toContain('30 alerts about the past');
    expect(received[0]?.body).toContain('and 22 more');
  });
});

describe('file', () => {
  it('appends a line an alert, readable by nobody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whosaw-sink-'));
    clean.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'new', 'alerts.ndjson');
    const sink = file({ name: 'archive', path });
    await sink.deliver([alert()], SIGNAL);
    await sink.deliver([alert({ version: 2 })], SIGNAL);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { version: number }).version)).toEqual([1, 2]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
  });

  it('is tried again when it cannot be written', async () => {
    const sink = file({ name: 'archive', path: '/dev/null/alerts.ndjson' });
    await expect(sink.deliver([alert()], SIGNAL)).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
  });
});

describe('terminal', () => {
  it('says when an alert that grew is over', async () => {
    let now = NOW;
    let text = '';
    const sink = terminal({
      name: 't',
      zone: 'UTC',
      colours: false,
      write: (more) => (text += more),
      clock: () => now,
    });
    await sink.deliver([alert()], SIGNAL);
    text = '';
    sink.follow(alert({ version: 3, count: 3, last: '2025-03-15T02:37:21Z', ends: '2025-03-15T03:37:21Z' }));
    sink.tick();
    expect(text).toBe('');
    now = Date.parse('2025-03-15T03:37:22Z');
    sink.tick();
    expect(text).toBe('03:37:21+00:00        closed a7f391c2: 3 reads until 02:37:21+00:00\n');
    sink.tick();
    expect(text.split('\n')).toHaveLength(2);
  });

  it('says nothing more of what did not grow, or was superseded', async () => {
    let now = NOW;
    let text = '';
    const sink = terminal({
      name: 't',
      zone: 'UTC',
      colours: false,
      write: (more) => (text += more),
      clock: () => now,
    });
    await sink.deliver([alert(), alert({ id: 'b'.repeat(32) })], SIGNAL);
    sink.follow(alert({ id: 'b'.repeat(32), version: 1e9, count: 4, superseded_by: 'c'.repeat(32) }));
    text = '';
    now += 7_200_000;
    sink.tick();
    expect(text).toBe('');
  });
});

describe('slack with very long audit text', () => {
  it('keeps every part of the message within the limit', () => {
    const long = `<&>${'`'.repeat(3_500)}`;
    const event = alertEvent({ actor: long, secret: long, address: long, team: long });
    const text = slackText(alert({ group: {}, events: [event], why: long, rule: { ...alert().rule, title: long } }));
    expect(text.length).toBeLessThan(3_000);
    expect(text.split('\n').at(-1)).toContain('a7f391c2');
    expect(text.split('`').length % 2).toBe(1);
  });
});
