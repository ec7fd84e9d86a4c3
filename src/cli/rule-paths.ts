import { Option } from 'commander';
import type { Config } from '../pipeline/config.ts';
import { BUILTIN, type StagePaths } from '../pipeline/load-stages.ts';
import { configOption, readConfigIfAny } from './config-option.ts';

export interface RulesArguments {
  readonly config?: string;
  readonly expectations?: string;
}

export function rulesOptions(): readonly Option[] {
  return [configOption(), new Option('--expectations <file>', "what is normal here, instead of the config's")];
}

/**
 * Which rules a command is about: the paths that are given; without any, those that the config names, else the shipped pack. The
 * config's expectations stand unless others are given.
 */
export async function rulePaths(
  paths: readonly string[],
  { config: file, expectations }: RulesArguments,
): Promise<StagePaths & { readonly config: Config | undefined }> {
  const config = await readConfigIfAny(file);
  const rules = paths.length > 0 ? paths : (config?.rules ?? [BUILTIN]);
  return { rules, expectations: expectations ?? config?.expectations, config };
}
