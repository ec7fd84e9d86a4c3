import { WhosawError } from '../../core/errors.ts';
import type { SentError } from './protocol.ts';

/** A failure as it goes to the main thread. DuckDB's errors are told apart by their texts. */
export function sendableError(error: unknown, file: string): SentError {
  if (!(error instanceof WhosawError)) {
    const { code, message, retryable } = translate(String(error), file);
    return { code, message, retryable, cause: String(error) };
  }
  const { code, message, retryable, cause } = error;
  return { code, message, retryable, ...(cause instanceof Error ? { cause: String(cause) } : {}) };
}

function translate(text: string, file: string): WhosawError {
  if (/Could not set lock|Conflicting lock/.test(text)) return busy(file, /\(PID (\d+)\)/.exec(text)?.[1]);
  if (/version number|storage version|newer version of DuckDB/i.test(text)) {
    return new WhosawError(
      'STORE_CORRUPT',
      `${file} was written by another version of whosaw: use the version that wrote it.`,
    );
  }
  if (/not a valid DuckDB|corrupt|checksum|Serialization Error|could not read enough bytes/i.test(text)) {
    return new WhosawError(
      'STORE_CORRUPT',
      `${file} is damaged: put back a copy, or move the folder away and read the sources again.`,
    );
  }
  if (/No space left/i.test(text)) {
    return new WhosawError('STORE_UNAVAILABLE', `No space is left on the disk of ${file}: make room.`);
  }
  return new WhosawError('STORE_UNAVAILABLE', `The store ${file} failed: ${text.slice(0, TEXT_LIMIT)}`);
}

/** Another opening holds the file. */
export function busy(file: string, process?: string): WhosawError {
  const holder = process === undefined ? 'a running whosaw' : `a running whosaw (process ${process})`;
  return new WhosawError(
    'STORE_BUSY',
    `${file} is held by ${holder}. Ask that process: set socket.path in its configuration, and run this command with ` +
      'the same configuration. Or stop it first.',
  );
}

const TEXT_LIMIT = 500;
