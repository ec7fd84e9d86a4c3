import { necessaryFor } from '../necessary.ts';
import { channelsOf } from '../logsource.ts';
import type { Detection, Expression, Item } from '../syntax.ts';
import type { Check, Remark } from './finding.ts';
import { itemsOf, ownOf } from './items.ts';

/** What makes every event dearer, whether or not it matches. */
export const EXPENSIVE: Check = {
  name: 'expensive',
  run: ({ parsed }) =>
    parsed.detections.flatMap((detection) => [
      ...unindexed(detection),
      ...itemsOf(ownOf(detection)).flatMap((item) => regexes(detection, item)),
    ]),
};

/** See detection-index.ts: an event meets only the rules one of whose texts it has. */
function unindexed(detection: Detection): readonly Remark[] {
  const { meta, logsource } = detection;
  const expression = ownOf(detection);
  if (channelsOf(logsource).length === 0) return [];
  const necessary = necessaryFor(expression);
  if (necessary === 'never' || necessary.size > 0) return [];
  const items = itemsOf(expression);
  // Whether a field is there is decided faster than any index.
  if (items.every(({ tests }) => tests.every(({ kind }) => kind === 'exists'))) return [];
  if (isNarrow(expression)) {
    const message = 'its alternatives ask for texts in different fields, so that every event of the logsource is asked';
    return [{ meta, place: items[0]?.place, level: 'note', message }];
  }
  const keyword = items.find(({ field }) => field === undefined);
  const message =
    keyword === undefined
      ? 'every event of the logsource has to be asked, because no field must be or hold a text (of three characters at least) that the rule names; add one, as `whosaw.access.kind: read`'
      : 'keywords are looked for in every value of every record; name the field, or add one that must equal a text';
  return [{ meta, place: (keyword ?? items[0])?.place, level: 'warning', message }];
}

/** Each alternative asks for texts of its own, which is quick to decide. */
function isNarrow(expression: Expression): boolean {
  if (expression.kind === 'search') return isNarrow(expression.term);
  if (expression.kind === 'any') return expression.terms.every((term) => isNarrow(term) || isOfTexts(term));
  if (expression.kind === 'all') return expression.terms.some(isNarrow);
  const necessary = necessaryFor(expression);
  return necessary === 'never' || necessary.size > 0;
}

/** Looking for texts in one field is cheap, however short they are. */
function isOfTexts(expression: Expression): boolean {
  if (expression.kind === 'search') return isOfTexts(expression.term);
  if (expression.kind !== 'item' && expression.kind !== 'all') return false;
  if (expression.kind === 'all') return expression.terms.some(isOfTexts);
  return expression.field !== undefined && expression.tests.every(({ kind }) => kind === 'text');
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
