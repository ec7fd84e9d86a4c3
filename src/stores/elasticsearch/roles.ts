import type { Indices } from './indices.ts';

type Privileges = readonly string[];

interface RoleDescriptor {
  readonly cluster: Privileges;
  readonly indices: readonly { readonly names: Privileges; readonly privileges: Privileges }[];
}

/** Who may do what; nobody may delete. */
export type RoleName = 'writer' | 'responder';

/**
 * `writer`: creates events and never changes one, writes alerts and what belongs to them, reads. `responder`: reads.
 * `maintenance` is the right to make writes visible to searches.
 */
export function rolesOf({
  events,
  alerts,
  rejections,
  secrets,
  notifications,
  gaps,
  state,
}: Indices): Readonly<Record<RoleName, RoleDescriptor>> {
  const read = ['read', 'view_index_metadata'];
  return {
    writer: {
      cluster: ['monitor'],
      indices: [
        { names: [events], privileges: [...read, 'create_doc', 'auto_configure', 'maintenance'] },
        { names: [rejections], privileges: [...read, 'create_doc', 'maintenance'] },
        { names: [alerts, secrets, notifications, gaps, state], privileges: [...read, 'index', 'maintenance'] },
      ],
    },
    responder: {
      cluster: ['monitor'],
      indices: [{ names: [events, alerts, rejections, secrets, notifications, gaps, state], privileges: read }],
    },
  };
}
