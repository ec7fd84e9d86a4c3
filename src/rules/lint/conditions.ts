import type { LogSource } from '../../core/rule.ts';
import type { Detection, Expression } from '../syntax.ts';
import { channelsOf } from '../logsource.ts';
import { namesAll } from './domain.ts';
import type { Check, Remark } from './finding.ts';
import { itemsOf, ownOf, searchesOf } from './items.ts';
import { satisfiability } from './satisfy.ts';

/** Conditions that no event meets, or every one. */
export const CONDITIONS: Check = {
  name: 'condition',
  run: ({ parsed }) => parsed.detections.flatMap((detection) => [...remarksOn(detection)]),
};

function* remarksOn(detection: Detection): Generator<Remark> {
  const { meta, logsource } = detection;
  const expression = ownOf(detection);
  if (channelsOf(logsource).length === 0) return;
  const judge = satisfiability(expression, logsource);
  if (!judge.canBe(expression, true)) {
    const { conflict } = judge;
    const why = conflict === undefined ? '' : `: \`${conflict.text}\` contradicts what else it asks for`;
    yield { meta, place: conflict?.place, level: 'error', message: `no event can meet the condition${why}` };
    return;
  }
  if (detection.ownExpression !== undefined && !canFire(detection.expression, logsource)) {
    yield { meta, level: 'error', message: 'with the filters of other files no event can meet the condition' };
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

function canFire(expression: Expression, logsource: LogSource): boolean {
  return satisfiability(expression, logsource).canBe(expression, true);
}
