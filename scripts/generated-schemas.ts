import { z } from 'zod';
import { expectationsSchema } from '../src/enrich/expectations-schema.ts';
import { CONFIG } from '../src/pipeline/config.ts';
import { ruleSchema } from './rule-schema.ts';

/** JSON Schemas for editors: file -> text. Draft 7 is what editors of YAML know best. */
export function generatedSchemas(): ReadonlyMap<string, string> {
  return new Map([
    ['schemas/rule.json', print(ruleSchema())],
    ['schemas/expectations.json', print(titled('Expectations of whosaw', expectationsSchema))],
    ['schemas/config.json', print(titled('Config of whosaw', CONFIG))],
  ]);
}

/** What people write, before defaults are filled in and texts are read. */
function titled(title: string, schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return { $schema, title, ...rest };
}

function print(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
