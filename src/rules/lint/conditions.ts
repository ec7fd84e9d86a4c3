import type { Detection } from '../syntax.ts';
import { channelsOf } from '../logsource.ts';
import { namesAll } from './domain.ts';
import type { Check, Remark } from './finding.ts';
import { itemsOf, searchesOf } from './items.ts';
import { satisfiability } from './satisfy.ts';

/** Conditions that no event meets, or every one. */
export const CONDITIONS: Check = {
  name: 'condition',
  run: ({ parsed }) => parsed.detections.flatMap((detection) => [...remarksOn(detection)]),
};

function* remarksOn({ meta, logsource, expression }: Detection): Generator<Remark> {
  if (channelsOf(logsource).length === 0) return;
  const judge = satisfiability(expression, logsource);
  const canFire = judge.canBe(expression, true);
  if (!canFire) {
    const { conflict } = judge;
    const why = conflict === undefined ? '' : `: \`${conflict.text}\` contradicts what else it asks for`;
    yield { meta, place: conflict?.place, level: 'error', message: `no event can meet the condition${why}` };
    return;
  }
  if (!judge.canBe(expression, false)) {
    yield { meta, level: 'warning', message: 'every event of the logsource meets the condition' };
    return;
  }
  for (const { name, term } of searchesOf(expression)) {
    const place = itemsOf(term)[0]?.place;
    if (!judge.canBe(term, true)) yield { meta, place, level: 'warning', message: `no event can meet \`${name}\`` };
    else if (!judge.canBe(term, false))
      yield {
        meta,
        place,
        level: 'warning',
        message: `every event of the logsource meets \`${name}\`: it says nothing`,
      };
  }
  for (const item of itemsOf(expression)) {
    if (!namesAll(item)) continue;
    const message = `\`${item.field ?? ''}\` has no other values than these: this asks only whether it is there`;
    yield { meta, place: item.place, level: 'warning', message };
  }
}
