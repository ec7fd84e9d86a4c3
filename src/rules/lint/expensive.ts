import { necessaryFor } from '../necessary.ts';
import { channelsOf } from '../logsource.ts';
import type { Detection, Item } from '../syntax.ts';
import type { Check, Remark } from './finding.ts';
import { itemsOf } from './items.ts';

/** What makes every event dearer, whether or not it matches. */
export const EXPENSIVE: Check = {
  name: 'expensive',
  run: ({ parsed }) =>
    parsed.detections.flatMap((detection) => [
      ...unindexed(detection),
      ...itemsOf(detection.expression).flatMap((item) => regexes(detection, item)),
    ]),
};

/** See detection-index.ts: an event meets only the rules one of whose texts it has. */
function unindexed({ meta, logsource, expression }: Detection): readonly Remark[] {
  if (channelsOf(logsource).length === 0) return [];
  const necessary = necessaryFor(expression);
  if (necessary === 'never' || necessary.size > 0) return [];
  const items = itemsOf(expression);
  const keyword = items.find(({ field }) => field === undefined);
  const message =
    keyword === undefined
      ? 'every event of the logsource has to be asked, because no field must equal a text that the rule names; add one, as `whosaw.access.kind: read`'
      : 'keywords are looked for in every value of every record; name the field, or add one that must equal a text';
  return [{ meta, place: (keyword ?? items[0])?.place, level: 'warning', message }];
}

function regexes({ meta }: Detection, { tests, place, text }: Item): readonly Remark[] {
  return tests.flatMap((test): readonly Remark[] => {
    if (test.kind !== 'regex') return [];
    const remark = (message: string): readonly Remark[] => [
      { meta, place, level: 'warning', message: `\`${text}\`: ${message}` },
    ];
    if (/^\^?\.\*/.test(test.source))
      return remark(
        '`.*` at the beginning tries every place twice; leave it out, an expression is searched for anywhere',
      );
    if (/^[\w /:@-]+$/.test(test.source) && test.flags === '')
      return remark('this is a plain text; `contains|cased` finds it with less work');
    return [];
  });
}
