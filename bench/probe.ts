import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** What a process used so far. Loop delays are those since the last question. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const RESOLUTION_MS = 1;

/** Preloaded into the program that is measured (`node --import`): answers its parent's messages, and changes nothing. */
if (isMainThread && process.channel != null) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      cpuSeconds: (user + system) / 1e6,
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
      loopDelayP99Ms: delays.percentile(99) / 1e6 - RESOLUTION_MS,
      loopDelayMaxMs: delays.max / 1e6 - RESOLUTION_MS,
    };
    delays.reset();
    process.send?.(usage);
  });
  process.channel.unref();
}
