-- Lists are read page by page, in orders that an index holds; people and the audit log are searched by three letters and more.

create index machine_newest on machine (tenant_id, created_at, id);
drop index machine_tenant_id_idx;
create index machine_by_name on machine (tenant_id, name, id);
create index machine_by_phase on machine (tenant_id, phase, id);
create index session_ended on session (tenant_id, created_at, id) where ended_at is not null;
drop index session_of_tenant;
create index session_live on session (tenant_id, created_at, id) where ended_at is null;
create index principal_by_name on principal (tenant_id, kind, lower(name), id);
drop index principal_tenant_id_idx;

-- Of the distribution's PostgreSQL, and trusted: the database's owner may add it.
create extension if not exists pg_trgm;
create index principal_name_text on principal using gin (name gin_trgm_ops);
create index auth_user_email_text on auth_user using gin (email gin_trgm_ops);

-- An event as one text that can be indexed: concat_ws depends on settings of the connection.
create function audit_text(
  actor text, action text, subject_kind text, subject_id text, outcome text, why text, client text, detail jsonb
) returns text language sql immutable parallel safe as $$
  select actor || ' ' || action || ' ' || subject_kind || ' ' || subject_id || ' ' || outcome || ' ' ||
    coalesce(why, '') || ' ' || coalesce(client, '') || ' ' || detail::text
$$;
create index audit_event_text on audit_event using gin (
  audit_text(actor, action, subject_kind, subject_id, outcome, why, client, detail) gin_trgm_ops
);
