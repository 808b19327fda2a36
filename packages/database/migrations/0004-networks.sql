-- What machines are plugged into, what a host's kernel shares between them, and what is stored once.

alter table pool
  add column network_kind text not null default 'nat'
    check (network_kind in ('nat', 'routed', 'isolated', 'bridge')),
  add column network_subnet text,
  add column network_bridge text check (network_bridge ~ '^[A-Za-z0-9_.-]{1,15}$'),
  add column network_open_vswitch boolean not null default false,
  add column network_vlan integer check (network_vlan between 1 and 4094),
  add column network_ipv6 boolean not null default false,
  add column network_neighbours boolean not null default false,
  add constraint pool_network check (
    case network_kind
      when 'bridge' then network_bridge is not null and network_subnet is null
      when 'routed' then network_bridge is null and network_subnet is not null
      else network_bridge is null
    end
  );

-- The networks that a host has for pools; several pools may share one.
create table host_network (
  host_id uuid not null references host (id) on delete cascade,
  pool_id uuid not null references pool (id) on delete cascade,
  name text not null,
  phase text not null check (phase in ('ready', 'failed')),
  reason text,
  bridge text,
  subnet text,
  room integer,
  seen_at timestamptz not null default now(),
  primary key (host_id, pool_id)
);
create index on host_network (pool_id);

-- Hosts make a pool's network before its first machine wants it.
create trigger nudge_hosts_new after insert on pool for each statement execute function nudge_all('hosts');
create trigger nudge_hosts after update of network_kind, network_subnet, network_bridge, network_open_vswitch,
  network_vlan, network_ipv6, network_neighbours, desired on pool
  for each statement execute function nudge_all('hosts');
