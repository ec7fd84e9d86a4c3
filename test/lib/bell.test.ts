import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bell } from '../../src/lib/bell.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Bell', () => {
  it.each([
    ['a ring', (bell: Bell) => bell.ring()],
    ['the signal', (_: Bell, stop: AbortController) => stop.abort()],
    ['the time', () => vi.advanceTimersByTime(60_000)],
  ])('wakes by %s and leaves nothing behind', async (_, wake) => {
    const bell = new Bell();
    const stop = new AbortController();
    const sleep = bell.sleep(60_000, stop.signal);
    expect(vi.getTimerCount()).toBe(1);
    wake(bell, stop);
    await sleep;
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('keeps a ring for the next sleep, and does not sleep once stopped', async () => {
    const bell = new Bell();
    bell.ring();
    await bell.sleep(60_000, new AbortController().signal);
    await bell.sleep(60_000, AbortSignal.abort());
    expect(vi.getTimerCount()).toBe(0);
  });
});
