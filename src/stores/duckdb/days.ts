import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DayStore, Deletion, DayStep } from '../../core/days.ts';
import { WhosawError } from '../../core/errors.ts';
import type { Piece } from './day-writer.ts';
import type { Remote } from './remote.ts';
import { publish, removeFiles, segmentFiles, syncFile, type SealedFolder } from './sealed-folder.ts';
import type { Sealer } from './sealer.ts';
import type { Segment } from './segments.ts';

export interface DaysOptions {
  readonly sealer: Sealer;
  readonly remote: Remote;
  readonly folder: SealedFolder;
  /** Called behind each step. */
  readonly onStep: (step: DayStep) => void;
}

/**
 * Seals and deletes days, step by step: a file is written under another name, made durable, and moved to its place; one
 * transaction then makes it count and takes its events out of the database. What a kill leaves behind does not count,
 * and is removed by the next opening (see `tidy`).
 */
export function dayStore({ remote, folder, sealer, onStep }: DaysOptions): DayStore {
  const sealDay = async (day: number, signal?: AbortSignal): Promise<number> => {
    const stop = (): void => sealer.stop();
    signal?.addEventListener('abort', stop, { once: true });
    const pieces = await remote.call('piecesOf', [day]);
    let events = 0;
    try {
      for (const piece of pieces) {
        if (signal?.aborted === true) break;
        events += await sealPiece(piece);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return events;
  };

  const sealPiece = async (piece: Piece): Promise<number> => {
    // Of its own: what an ended process had started may still write somewhere.
    const work = join(folder.work, randomUUID());
    await mkdir(work, { recursive: true, mode: 0o700 });
    const path = (name: string): string => join(work, `${name}.parquet`);
    const [events, blocks, sealed, ids] = [path('events'), path('blocks'), path('sealed'), path('ids')];
    try {
      const exported = await remote.call('exportPiece', [piece, { events, blocks }]);
      if (exported === undefined) return 0;
      onStep('exported');
      const written = await sealer.write({ folder: work, events, blocks, sealed, ids });
      if (written.events !== exported.events) {
        throw new WhosawError(
          'STORE_CORRUPT',
          `Of ${exported.events} events of a day ${written.events} have documents; the day stays as it is.`,
        );
      }
      onStep('written');
      const [bytes, idsBytes] = [await syncFile(sealed), await syncFile(ids)];
      onStep('synced');
      const { day } = piece;
      const { number } = exported;
      const files = segmentFiles(folder, { day, number });
      await publish(ids, files.ids);
      onStep('ids renamed');
      await publish(sealed, files.events);
      onStep('renamed');
      const segment: Segment = {
        day,
        number,
        events: written.events,
        firstUs: written.timeUs[0],
        lastUs: written.timeUs[1],
        appendedMs: exported.appendedMs,
        bytes,
        idsBytes,
      };
      await remote.call('recordSegment', [segment, exported, events]);
      onStep('recorded');
      await rm(work, { recursive: true, force: true });
      onStep('cleaned');
      return written.events;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };

  const deleteDay = async (deletion: Omit<Deletion, 'events'>): Promise<Deletion> => {
    const { deletion: done, segments } = await remote.call('deleteDay', [deletion]);
    onStep('deletion recorded');
    await removeFiles(segments.flatMap((segment) => Object.values(segmentFiles(folder, segment))));
    onStep('files removed');
    return done;
  };

  return { sealDay, deleteDay, indexDay: (day) => remote.call('indexDay', [day]) };
}
