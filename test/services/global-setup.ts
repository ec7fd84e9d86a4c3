import { SERVERS } from './servers.ts';

/** For vitest: what suites start on the way ends with the run. */
export default function setup(): () => void {
  return SERVERS.begin();
}
