/** Aborts with the first SIGINT or SIGTERM; a second one ends the process at once. */
export function endOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
