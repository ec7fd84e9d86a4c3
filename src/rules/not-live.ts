import type { Problem } from '../core/errors.ts';
import { needsClosedWindow, type Correlation } from '../core/rule.ts';

/** Rules that can only be evaluated over events that are all there: they are refused where events stream. */
export function notLive(correlations: readonly Correlation[]): readonly Problem[] {
  return correlations.flatMap((correlation): readonly Problem[] => {
    const why = reasonOf(correlation);
    if (why === undefined || correlation.isSilent === true) return [];
    const { file, line } = correlation.meta;
    const message = `not supported while events stream: ${why}; \`scan\`, \`rules test\` and \`rules eval\` evaluate it`;
    return [{ file, line, column: 1, message, severity: 'error' }];
  });
}

function reasonOf({ chained, condition }: Correlation): string | undefined {
  if (chained !== undefined) return 'a correlation over a correlation';
  if (needsClosedWindow(condition))
    return 'lt, lte, eq and neq, which hold only once the window can take no other event';
  return undefined;
}
