import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Imported into a measured process: leaves what it took where `WHOSAW_BENCH_USAGE` says. */
const file = process.env['WHOSAW_BENCH_USAGE'];
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(
      file,
      JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, maxRssBytes: maxRSS * 1024 }),
    );
  });
}
