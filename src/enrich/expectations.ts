import type { Criticality } from '../core/event.ts';
import type { Cidr } from '../lib/cidr.ts';
import type { Pattern } from './pattern.ts';
import type { Window } from './window.ts';

/** What an organisation declares as normal: expectations.yaml with its calendars, checked and resolved. */
export interface Expectations {
  /** 32 hex digits: hash of the file and of the calendars that it names. */
  readonly version: string;
  /** Paths of the calendars and address lists, as the file names them. */
  readonly calendars: readonly string[];
  /** In the file's order: the first that covers a secret's id is its environment. */
  readonly environments: readonly EnvironmentPattern[];
  /** In the file's order: all that cover a secret's id apply, a later one wins. */
  readonly secrets: readonly SecretPattern[];
  readonly suspicious: readonly AddressList[];
  readonly teams: readonly Team[];
  /** Actor id -> `person:<email>`. */
  readonly people: ReadonlyMap<string, string>;
  /** Where identities that no team claims are expected to come from; absent: nothing is declared. */
  readonly everyone?: readonly Cidr[];
  /** By name: what stands for `%name%` in rules. */
  readonly placeholders: ReadonlyMap<string, readonly string[]>;
}

export interface EnvironmentPattern {
  readonly environment: string;
  readonly covers: Pattern;
}

export interface SecretPattern {
  readonly covers: Pattern;
  readonly owner?: string;
  readonly criticality?: Criticality;
  readonly canary?: boolean;
}

/** Addresses from which nothing good is expected. */
export interface AddressList {
  readonly name: string;
  readonly cidrs: readonly Cidr[];
}

export interface Team {
  readonly name: string;
  readonly networks?: readonly Cidr[];
  readonly roles: readonly Role[];
}

export interface Role {
  readonly name: string;
  /** Over actor ids. */
  readonly members: readonly Pattern[];
  /** Absent: the role says nothing of environments. */
  readonly environments?: readonly string[];
  /** Absent: the role says nothing of times. */
  readonly windows?: readonly Window[];
}
