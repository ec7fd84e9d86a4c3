import type { Observation } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import type { JsonValue } from '../core/json.ts';
import type { CollectedBatch, SourceCheckpoint } from '../core/ports.ts';
import { gapOf } from '../lib/gap.ts';
import { formatTimeUs, parseTimeUs } from '../lib/time.ts';
import { CanaryWatch, type Canary } from './canary-watch.ts';
import { DeviceComparison, type Missed } from './compare-devices.ts';
import {
  COVERAGE,
  readCoverage,
  type ClusterState,
  type CoverageState,
  type DeviceChange,
  type DeviceFacts,
} from './coverage-state.ts';
import { Delays } from './delays.ts';

export interface CoverageOptions {
  /** Clusters of Vault sources, by source; other sources have none. */
  readonly clusters: Readonly<Record<string, string>>;
  /** By cluster. */
  readonly canaries: Readonly<Record<string, Canary>>;
  /** The last that was committed. */
  readonly state: JsonValue | undefined;
  /** The newest event of each source that was committed, microseconds: the state may be older. */
  readonly newestUs?: Readonly<Record<string, number>>;
  readonly nowMs: number;
}

export interface Covered {
  readonly gaps: readonly Gap[];
  readonly checkpoints: readonly SourceCheckpoint[];
}

/** What is known is written down this often, and whenever there is a gap. */
const WRITE_EVERY_MS = 10_000;
/** A source of which nothing was heard for so long holds nothing up: what others have is missing there. */
const MUTE_MS = 60_000;
/** What is missing within a minute is one gap. */
const JOINED_US = 60_000_000;
/** A gap that a listener told of has what is missing so long before and behind it: clocks, and the way to connect again. */
const BEFORE_US = 2_000_000;
const BEHIND_US = 10_000_000;
/** Gaps of a cluster that may still be settled. */
const RECENT = 50;
/** Addresses that are told apart. */
const DEVICES = 1_000;

/** Watches what each source brings, and says what did not come. Fed by the pipeline, batch by batch. */
export class CoverageWatch {
  readonly #options: CoverageOptions;
  readonly #devices = new Map<string, Device>();
  readonly #clusters = new Map<string, Cluster>();
  #writtenMs = Number.NEGATIVE_INFINITY;
  #gaps: Gap[] = [];

  constructor(options: CoverageOptions) {
    this.#options = options;
    const before = readCoverage(options.state);
    for (const facts of before.devices) this.#devices.set(keyOf(facts.source, facts.peer), new Device(facts));
    const byCluster = Map.groupBy(Object.entries(options.clusters), ([, cluster]) => cluster);
    for (const [name, sources] of byCluster) {
      const given = { name, sources: sources.map(([source]) => source), canary: options.canaries[name] };
      const newestUs = Math.max(0, ...given.sources.map((source) => options.newestUs?.[source] ?? 0));
      this.#clusters.set(name, new Cluster(given, before.clusters[name], newestUs, options.nowMs));
    }
  }

  /** An event of the batch in hand, whether it is new to the store or not. */
  see({ event, timeUs }: Observation): void {
    const { source, peer } = event.whosaw.origin;
    // One that was let go tells nothing of how late its device is.
    if (event.whosaw.unanswered !== true) this.#device(source, peer).see(timeUs, Date.parse(event.event.created));
    this.#gaps.push(...(this.#clusterOf(source)?.see(source, event, timeUs) ?? []));
  }

  /** The batch in hand is whole. */
  finish(source: string, batch: CollectedBatch, nowMs: number): Covered {
    const gaps = this.#gaps;
    this.#gaps = [];
    const cluster = this.#clusterOf(source);
    if (cluster !== undefined) gaps.push(...cluster.finish(source, batch, nowMs));
    if (gaps.length === 0 && nowMs - this.#writtenMs < WRITE_EVERY_MS) return { gaps, checkpoints: [] };
    this.#writtenMs = nowMs;
    return { gaps, checkpoints: [{ source: COVERAGE, checkpoint: this.#state() as unknown as JsonValue }] };
  }

  #device(source: string, peer: string | undefined): Device {
    const isNamed = peer !== undefined && this.#devices.size < DEVICES;
    const key = keyOf(source, isNamed ? peer : undefined);
    const known = this.#devices.get(key) ?? this.#devices.get(keyOf(source, peer));
    if (known !== undefined) return known;
    const device = new Device(isNamed ? { source, peer } : { source });
    this.#devices.set(key, device);
    return device;
  }

  #clusterOf(source: string): Cluster | undefined {
    return this.#clusters.get(this.#options.clusters[source] ?? '');
  }

  #state(): CoverageState {
    return {
      devices: Array.from(this.#devices.values(), ({ facts }) => facts),
      clusters: Object.fromEntries(Array.from(this.#clusters, ([name, cluster]) => [name, cluster.state])),
    };
  }
}

function keyOf(source: string, peer: string | undefined): string {
  return `${source} ${peer ?? ''}`;
}

/** Who brings a source's events: a file, or each node that connects to a listener. */
class Device {
  readonly #source: string;
  readonly #peer: string | undefined;
  readonly #delays: Delays;
  #lastUs: number;
  #events: number;

  constructor({ source, peer, last, delay, events = 0 }: Partial<DeviceFacts> & Pick<DeviceFacts, 'source'>) {
    this.#source = source;
    this.#peer = peer;
    this.#delays = new Delays(delay);
    this.#lastUs = parseTimeUs(last ?? '') ?? 0;
    this.#events = events;
  }

  see(timeUs: number, seenMs: number): void {
    this.#lastUs = Math.max(this.#lastUs, timeUs);
    this.#events += 1;
    this.#delays.add(seenMs - timeUs / 1_000);
  }

  get facts(): DeviceFacts {
    const delay = this.#delays.facts;
    return {
      source: this.#source,
      ...(this.#peer === undefined ? {} : { peer: this.#peer }),
      last: formatTimeUs(this.#lastUs),
      events: this.#events,
      ...(delay === undefined ? {} : { delay }),
    };
  }
}

interface ClusterGiven {
  readonly name: string;
  readonly sources: readonly string[];
  readonly canary: Canary | undefined;
}

/** The devices of one cluster, which tell of the same accesses. */
class Cluster {
  readonly #given: ClusterGiven;
  readonly #comparison: DeviceComparison;
  readonly #canary: CanaryWatch | undefined;
  /** Audit devices that were removed, by their names. */
  readonly #off: Map<string, Gap>;
  /** Runs of what is missing, by source. */
  readonly #runs = new Map<string, Gap>();
  /** Told by listeners, and not settled yet. */
  #told: Gap[];
  #newestUs: number;
  readonly #heardMs = new Map<string, number>();
  /** The last change of each audit device: other sources tell of it as well, sooner or later. */
  readonly #changes: Map<string, DeviceChange>;

  /** `newestUs`: until then events were committed, whose partners may be lost. */
  constructor(given: ClusterGiven, before: ClusterState | undefined, newestUs: number, nowMs: number) {
    this.#given = given;
    const { name, sources, canary } = given;
    this.#newestUs = Math.max(newestUs, before?.newestUs ?? 0);
    this.#comparison = new DeviceComparison(sources, this.#newestUs, before?.since ?? {});
    this.#off = new Map((before?.off ?? []).map((gap) => [gap.device ?? '', gap]));
    this.#changes = new Map(Object.entries(before?.changes ?? {}));
    this.#told = [...(before?.told ?? [])];
    for (const source of sources) this.#heardMs.set(source, nowMs);
    if (canary !== undefined) this.#canary = new CanaryWatch({ canary, cluster: name, sources, nowMs });
  }

  see(source: string, event: Observation['event'], timeUs: number): readonly Gap[] {
    this.#newestUs = Math.max(this.#newestUs, timeUs);
    const path = event.url?.path ?? '';
    // Each device writes one of its own when it is enabled, which is when it gets a new salt.
    if (path === TEST_ENTRY) return this.#salted(source, timeUs);
    this.#comparison.see(source, event.whosaw.access.id, timeUs);
    this.#canary?.see(source, event, timeUs);
    return path.startsWith(AUDIT) ? this.#changed(source, event, path.slice(AUDIT.length), timeUs) : [];
  }

  finish(source: string, { seenTo, records, gaps = [] }: CollectedBatch, nowMs: number): readonly Gap[] {
    if (seenTo !== undefined || records.length > 0) this.#heardMs.set(source, nowMs);
    this.#told.push(...gaps.filter(({ to, kind }) => to !== undefined && (kind === 'down' || kind === 'dropped')));
    const seenUs = parseTimeUs(seenTo ?? '');
    if (seenUs !== undefined) this.#comparison.complete(source, seenUs);
    for (const other of this.#given.sources) {
      if (nowMs - (this.#heardMs.get(other) ?? nowMs) > MUTE_MS) this.#comparison.complete(other, nowMs * 1_000);
    }
    if (this.#given.sources.length < 2) return this.#canary?.check(nowMs) ?? [];
    return [...this.#missed(this.#comparison.judge()), ...this.#settle(), ...(this.#canary?.check(nowMs) ?? [])];
  }

  get state(): ClusterState {
    return {
      newestUs: this.#newestUs,
      since: this.#comparison.since,
      off: [...this.#off.values()],
      changes: Object.fromEntries(this.#changes),
      told: this.#told.slice(-RECENT),
    };
  }

  #salted(source: string, timeUs: number): readonly Gap[] {
    const isFirst = timeUs <= (this.#comparison.since[source] ?? Infinity);
    return isFirst ? [] : [this.#gap('salt', source, timeUs, timeUs)];
  }

  /** An audit device was removed, or is there again. */
  #changed(source: string, { event }: Observation['event'], device: string, timeUs: number): readonly Gap[] {
    const before = this.#changes.get(device);
    if (event.outcome !== 'success' || event.id === before?.id || timeUs <= (before?.timeUs ?? 0)) return [];
    const known = this.#off.get(device);
    // Back again, before it was told that it went: another source is further.
    if (event.action !== 'delete' && known === undefined) return [];
    this.#changes.set(device, { id: event.id, timeUs });
    if (event.action === 'delete') {
      const gap = { ...this.#gap('disabled', source, timeUs), device };
      this.#off.set(device, gap);
      return [gap];
    }
    if (known === undefined) return [];
    this.#off.delete(device);
    return [{ ...known, version: Math.floor(timeUs / 1_000), to: formatTimeUs(timeUs) }];
  }

  /** What is missing lies in a gap that is known, goes on from the last of them, or is a gap of its own. */
  #missed(missed: readonly Missed[]): readonly Gap[] {
    const changed = new Map<string, Gap>();
    for (const { timeUs, missing, from } of missed) {
      const told = this.#told.findIndex((gap) => gap.source === missing && isIn(gap, timeUs));
      const known = this.#told[told];
      const run = this.#runs.get(missing);
      if (known !== undefined) {
        const count = known.kind === 'down' ? { count: (known.count ?? 0) + 1 } : {};
        this.#told[told] = { ...known, ...count, version: known.version + 1, healedBy: from };
        changed.set(known.id, this.#told[told]);
        continue;
      }
      const goesOn = run?.to !== undefined && timeUs - (parseTimeUs(run.to) ?? 0) <= JOINED_US;
      const gap = goesOn ? run : this.#gap('missing', missing, timeUs, timeUs);
      const count = (gap.count ?? 0) + 1;
      const grown = { ...gap, to: formatTimeUs(timeUs), count, version: count, healedBy: from };
      this.#runs.set(missing, grown);
      changed.set(grown.id, grown);
    }
    return [...changed.values()];
  }

  /** What lies behind all devices will not be found missing any more: another one has it, where it was not down itself. */
  #settle(): readonly Gap[] {
    const { judgedUs } = this.#comparison;
    const isPast = ({ to }: Gap): boolean => (parseTimeUs(to ?? '') ?? Infinity) + BEHIND_US < judgedUs;
    const past = this.#told.filter(isPast);
    if (past.length === 0) return [];
    const settled = past.flatMap((gap): readonly Gap[] => {
      const healer = this.#given.sources.find(
        (source) =>
          source !== gap.source && !this.#told.some((other) => other.source === source && overlap(gap, other)),
      );
      return gap.healedBy === undefined && healer !== undefined
        ? [{ ...gap, version: gap.version + 1, healedBy: healer }]
        : [];
    });
    this.#told = this.#told.filter((gap) => !isPast(gap));
    return settled;
  }

  #gap(kind: Gap['kind'], source: string, fromUs: number, toUs?: number): Gap {
    const facts = { kind, source, cluster: this.#given.name, fromMs: Math.floor(fromUs / 1_000) };
    const gap = gapOf({ ...facts, ...(toUs === undefined ? {} : { toMs: Math.floor(toUs / 1_000) }) });
    return { ...gap, from: formatTimeUs(fromUs), ...(toUs === undefined ? {} : { to: formatTimeUs(toUs) }) };
  }
}

const AUDIT = 'sys/audit/';
const TEST_ENTRY = 'sys/audit/test';

function isIn({ from, to }: Gap, timeUs: number): boolean {
  return timeUs >= (parseTimeUs(from) ?? 0) - BEFORE_US && timeUs <= (parseTimeUs(to ?? '') ?? Infinity) + BEHIND_US;
}

function overlap(a: Gap, b: Gap): boolean {
  const end = ({ to }: Gap): number => parseTimeUs(to ?? '') ?? Infinity;
  return (parseTimeUs(a.from) ?? 0) <= end(b) && (parseTimeUs(b.from) ?? 0) <= end(a);
}
