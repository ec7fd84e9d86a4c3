/** One thing that a source needs, tried without changing anything. */
export interface Try {
  /** For people: `444455556666 eu-central-1`. */
  readonly what: string;
  /** What was found; throws WhosawError SOURCE_UNREADABLE with what is wrong and what to do. */
  run(signal: AbortSignal): Promise<string>;
}
