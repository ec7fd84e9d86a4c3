import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILTIN } from '../src/pipeline/load-stages.ts';
import { corpora } from '../test/corpora.ts';
import type { Input } from './inputs.ts';
import { median, type Row } from './report.ts';
import { writeDetections, writeSigmaRules } from './rules.ts';
import { runStage } from './stages.ts';

const COUNTS = [10, 100, 1_000];

/** Events a second on one core, by the number of rules: the cost is to grow with what can match, not with the rules. */
export async function measureRuleCounts(input: Input, folder: string, runs: number): Promise<readonly Row[]> {
  const description = `${input.lines}.json`;
  writeFileSync(description, JSON.stringify(input));
  const rows: Row[] = [];
  for (const [name, rules] of await ruleSets(folder)) {
    const seconds: number[] = [];
    const both: number[] = [];
    for (let run = 0; run < runs; run++) {
      const match = await runStage('match', description, rules);
      const whole = await runStage('normalize + match', description, rules);
      seconds.push(match.events / match.cpuSeconds);
      both.push(whole.events / whole.cpuSeconds);
    }
    rows.push({ name: `${input.type}: match, ${name}`, value: median(seconds), unit: 'events per CPU second' });
    rows.push({
      name: `${input.type}: normalize + match, ${name}`,
      value: median(both),
      unit: 'events per CPU second',
    });
  }
  rmSync(folder, { recursive: true });
  return rows;
}

async function ruleSets(folder: string): Promise<readonly (readonly [string, readonly string[]])[]> {
  mkdirSync(folder, { recursive: true });
  const sets: [string, readonly string[]][] = COUNTS.map((count) => {
    const path = join(folder, String(count));
    writeDetections(path, count);
    return [`${count} rules in one logsource`, [path]];
  });
  sets.push(['our pack', [BUILTIN]]);
  const archive = corpora === undefined ? '' : join(corpora, 'sigma', 'sigmahq-rules.tar.gz');
  if (!existsSync(archive)) {
    console.error('skips all of SigmaHQ beside our pack: the archive of its rules is not there');
    return sets;
  }
  const path = join(folder, 'sigmahq');
  await writeSigmaRules(path, archive);
  return [...sets, ['our pack and all of SigmaHQ', [BUILTIN, path]]];
}
