-- A trigger for each statement fires for one that changes no row as well. Loops make such statements on each turn, so
-- that they woke themselves for ever. For each row that has changed, they wake whom they mean; equal notices of one
-- transaction are one.

drop trigger nudge on storage_dedupe;
create trigger nudge_new after insert on storage_dedupe for each row execute function nudge_all('storage');
create trigger nudge after update of enabled, from_minute, until_minute, time_zone, wanted_at on storage_dedupe
  for each row when (
    (old.enabled, old.from_minute, old.until_minute, old.time_zone, old.wanted_at)
      is distinct from (new.enabled, new.from_minute, new.until_minute, new.time_zone, new.wanted_at))
  execute function nudge_all('storage');

drop trigger nudge_current on image_version;
create trigger nudge_current after update of current on image_version
  for each row when (old.current is distinct from new.current) execute function nudge_all('pools');

drop trigger nudge_rollout on rollout;
create trigger nudge_rollout after update of phase on rollout
  for each row when (old.phase is distinct from new.phase) execute function nudge_all('pools');

drop trigger nudge_hosts_new on pool;
create trigger nudge_hosts_new after insert on pool for each row execute function nudge_all('hosts');
drop trigger nudge_hosts on pool;
create trigger nudge_hosts after update of network_kind, network_subnet, network_bridge, network_open_vswitch,
  network_vlan, network_ipv6, network_neighbours, desired on pool
  for each row when (
    (old.network_kind, old.network_subnet, old.network_bridge, old.network_open_vswitch,
      old.network_vlan, old.network_ipv6, old.network_neighbours, old.desired)
      is distinct from (new.network_kind, new.network_subnet, new.network_bridge, new.network_open_vswitch,
      new.network_vlan, new.network_ipv6, new.network_neighbours, new.desired))
  execute function nudge_all('hosts');
