-- The audit log is a chain: each event's hash is over the one before it and its own content, and a MAC by a key that this
-- database does not hold. Events are appended as they happen and chained soon after, in batches, by one writer.

alter table audit_event
  -- Why it was allowed.
  add column why text,
  -- Its place in the chain, from 1; null until it has one.
  add column position bigint unique,
  add column hash bytea,
  add column mac bytea,
  add check ((position is null) = (hash is null) and (position is null) = (mac is null));
create index audit_event_unchained on audit_event (id) where position is null;

-- Up to here events were deleted because they were old: the chain goes on from this hash.
create table audit_anchor (
  singleton boolean primary key default true check (singleton),
  position bigint not null,
  hash bytea not null,
  mac bytea not null,
  at timestamptz not null default now()
);

-- How far the log has been sent elsewhere.
create table audit_sent (
  name text primary key,
  position bigint not null
);

create function keep_audit() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.position is null and new.position is not null
    and to_jsonb(new) - '{position,hash,mac}'::text[] = to_jsonb(old) - '{position,hash,mac}'::text[] then
    return new;
  end if;
  if tg_op = 'DELETE' and exists (select from audit_anchor where audit_anchor.position >= old.position) then
    return old;
  end if;
  raise exception 'audit_event is append-only' using errcode = 'restrict_violation';
end $$;
drop trigger append_only on audit_event;
create trigger append_only before update or delete on audit_event for each row execute function keep_audit();
create trigger append_only_truncate before truncate on audit_event
  for each statement execute function refuse_change();

-- The anchor only moves on.
create function keep_anchor() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.position > old.position then
    return new;
  end if;
  raise exception 'audit_anchor only moves on' using errcode = 'restrict_violation';
end $$;
create trigger only_on before update or delete on audit_anchor for each row execute function keep_anchor();
