-- How much there may be of what; null: as much as there is.

create table quota (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id) on delete cascade,
  -- tenant: of all that it has. each: of each person who has none of their own. group: of its members together.
  scope text not null check (scope in ('tenant', 'each', 'group', 'person')),
  principal_id uuid references principal (id) on delete cascade,
  vcpus bigint check (vcpus >= 0),
  memory_mib bigint check (memory_mib >= 0),
  disk_gib bigint check (disk_gib >= 0),
  machines bigint check (machines >= 0),
  sessions bigint check (sessions >= 0),
  constraint quota_of_whom check ((scope in ('group', 'person')) = (principal_id is not null))
);
create unique index quota_one on quota (tenant_id, scope, principal_id) nulls not distinct;
create index on quota (principal_id);

-- What a person has is counted when they ask for more.
create index machine_of_person on machine (principal_id) where principal_id is not null and desired = 'running';
create index on profile_disk (tenant_id);
