import { Option } from 'commander';
import { pino } from 'pino';
import { escapeText } from '../lib/escape.ts';
import type { Log } from '../pipeline/log.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

export function logOption(): Option {
  return new Option('--log <level>', 'how much the log on standard error says').choices(LEVELS).default('info');
}

/**
 * The log on standard error: for people where it is a terminal, else one JSON object a line. Audit text in it is
 * escaped either way.
 */
export function createLog(level: LogLevel): Log {
  if (process.stderr.isTTY) return terminalLog(level);
  const base = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  const logger = pino(
    { ...base, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
  return logger;
}

function terminalLog(level: LogLevel): Log {
  const write = (at: LogLevel) => (facts: object, sentence: string) => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return;
    const details = Object.entries(facts).map(([name, value]) => ` ${name}=${printFact(value)}`);
    process.stderr.write(`${at === 'info' ? '' : `${at}: `}${sentence}${escapeText(details.join(''))}\n`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function printFact(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
