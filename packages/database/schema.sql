SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION public.announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_change', tg_argv[0] || ':' || new.id);
  return null;
end $$;

CREATE FUNCTION public.announce_sign_out() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_change', 'signIn:' || old.id);
  return null;
end $$;

CREATE FUNCTION public.announce_taken() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_change', 'machine:' || new.machine_id);
  return null;
end $$;

CREATE FUNCTION public.audit_text(actor text, action text, subject_kind text, subject_id text, outcome text, why text, client text, detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  select actor || ' ' || action || ' ' || subject_kind || ' ' || subject_id || ' ' || outcome || ' ' ||
    coalesce(why, '') || ' ' || coalesce(client, '') || ' ' || detail::text
$$;

CREATE FUNCTION public.keep_anchor() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'UPDATE' and new.position > old.position then
    return new;
  end if;
  raise exception 'audit_anchor only moves on' using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.keep_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.keep_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into history (subject_id, phase, reason) values (new.id, new.phase, new.reason);
  return null;
end $$;

CREATE FUNCTION public.keep_progress() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into history (subject_id, phase, reason) values (new.id, new.phase, coalesce(new.reason, new.progress ->> 'step'));
  return null;
end $$;

CREATE FUNCTION public.keep_rollout() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into history (subject_id, phase, reason)
    values (new.id, case when new.phase = 'rolling' then new.wave else new.phase end, new.reason);
  return null;
end $$;

CREATE FUNCTION public.live() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live(tg_argv[0], null, null);
  return null;
end $$;

CREATE FUNCTION public.live_favourite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  person uuid := coalesce(new.person_id, old.person_id);
begin
  perform tell_live('favourite', (select tenant_id from principal where id = person), person);
  return null;
end $$;

CREATE FUNCTION public.live_given() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  whose principal;
begin
  select * into whose from principal where id = coalesce(new.principal_id, old.principal_id);
  if found then
    perform tell_live(tg_argv[0], whose.tenant_id, case when whose.kind = 'person' then whose.id end);
  end if;
  return null;
end $$;

CREATE FUNCTION public.live_look() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  it look := coalesce(new, old);
begin
  perform tell_live('look', it.tenant_id, it.person_id), tell_live('look', it.tenant_id, it.asker_id);
  return null;
end $$;

CREATE FUNCTION public.live_machine() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  it machine := coalesce(new, old);
  person uuid := coalesce(it.principal_id,
    (select principal_id from session where machine_id = it.id and ended_at is null));
begin
  perform tell_live(case when person is null then 'free_machine' else 'machine' end, it.tenant_id, person);
  return null;
end $$;

CREATE FUNCTION public.live_member() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  person uuid := coalesce(new.person_id, old.person_id);
begin
  perform tell_live('group_member', (select tenant_id from principal where id = person), person);
  return null;
end $$;

CREATE FUNCTION public.live_message() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live('message', new.tenant_id, new.person_id);
  return null;
end $$;

CREATE FUNCTION public.live_of_image() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live(tg_argv[0], (select tenant_id from image where id = coalesce(new.image_id, old.image_id)), null);
  return null;
end $$;

CREATE FUNCTION public.live_of_pool() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live(tg_argv[0], (select tenant_id from pool where id = coalesce(new.pool_id, old.pool_id)), null);
  return null;
end $$;

CREATE FUNCTION public.live_of_tenant() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live(tg_argv[0], coalesce(new.tenant_id, old.tenant_id), null);
  return null;
end $$;

CREATE FUNCTION public.live_principal() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live('principal', coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id));
  return null;
end $$;

CREATE FUNCTION public.live_session() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live('session', new.tenant_id, new.principal_id);
  return null;
end $$;

CREATE FUNCTION public.live_sign_in() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  whose principal;
begin
  select * into whose from principal where auth_user_id = coalesce(new."userId", old."userId");
  if found then
    perform tell_live('sign_in', whose.tenant_id, whose.id);
  end if;
  return null;
end $$;

CREATE FUNCTION public.live_tenant() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform tell_live('tenant', coalesce(new.id, old.id), null);
  return null;
end $$;

CREATE FUNCTION public.nudge() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_nudge', tg_argv[0] || ':' || coalesce(new.id, old.id));
  return null;
end $$;

CREATE FUNCTION public.nudge_all() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_nudge', tg_argv[0] || ':');
  return null;
end $$;

CREATE FUNCTION public.nudge_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_nudge', 'drafts:' || new.version_id);
  -- Whoever looks at it is told of its end the way a session's viewer is.
  perform pg_notify('orangery_change', 'session:' || new.version_id);
  return null;
end $$;

CREATE FUNCTION public.nudge_pool() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_nudge', 'pools:' || new.pool_id);
  return null;
end $$;

CREATE FUNCTION public.nudge_queue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('orangery_nudge', 'sessions:' || coalesce(
    (select first.id from session first join pool on pool.id = first.pool_id
      where first.pool_id = new.pool_id and first.ended_at is null and first.machine_id is null
        and pool.kind = 'pooled'
      order by first.created_at, first.id limit 1),
    new.id));
  return null;
end $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.tell_live(what text, tenant_id uuid, principal_id uuid) RETURNS void
    LANGUAGE sql
    AS $$
  select pg_notify('orangery_live', what || ':' || coalesce(tenant_id::text, '') || ':' || coalesce(principal_id::text, ''))
$$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.api_key (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    principal_id uuid NOT NULL,
    name text NOT NULL,
    token_sha256 bytea NOT NULL,
    hint text NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    last_address text,
    CONSTRAINT api_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT api_key_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'all'::text])))
);

CREATE TABLE public.application (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    program text NOT NULL,
    icon bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT application_description_check CHECK ((length(description) <= 2000)),
    CONSTRAINT application_icon_check CHECK ((length(icon) <= 65536)),
    CONSTRAINT application_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9-]{0,30}$'::text)),
    CONSTRAINT application_program_check CHECK ((program ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$'::text)),
    CONSTRAINT application_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

CREATE TABLE public.application_entitlement (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    application_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.audit_anchor (
    singleton boolean DEFAULT true NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    mac bytea NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_anchor_singleton_check CHECK (singleton)
);

CREATE TABLE public.audit_event (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    tenant_id uuid,
    principal_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    outcome text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    client text,
    why text,
    "position" bigint,
    hash bytea,
    mac bytea,
    CONSTRAINT audit_event_check CHECK (((("position" IS NULL) = (hash IS NULL)) AND (("position" IS NULL) = (mac IS NULL))))
);

ALTER TABLE public.audit_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit_sent (
    name text NOT NULL,
    "position" bigint NOT NULL
);

CREATE TABLE public.auth_account (
    id text NOT NULL,
    "userId" text NOT NULL,
    "accountId" text NOT NULL,
    "providerId" text NOT NULL,
    "accessToken" text,
    "refreshToken" text,
    "accessTokenExpiresAt" timestamp with time zone,
    "refreshTokenExpiresAt" timestamp with time zone,
    scope text,
    "idToken" text,
    password text,
    "createdAt" timestamp with time zone DEFAULT now() NOT NULL,
    "updatedAt" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.auth_second_factor (
    id text NOT NULL,
    "userId" text NOT NULL,
    secret text NOT NULL,
    "backupCodes" text NOT NULL,
    verified boolean DEFAULT true NOT NULL,
    "failedVerificationCount" integer DEFAULT 0 NOT NULL,
    "lockedUntil" timestamp with time zone
);

CREATE TABLE public.auth_session (
    id text NOT NULL,
    "userId" text NOT NULL,
    token text NOT NULL,
    "expiresAt" timestamp with time zone NOT NULL,
    "ipAddress" text,
    "userAgent" text,
    "createdAt" timestamp with time zone DEFAULT now() NOT NULL,
    "updatedAt" timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    last_address text
);

CREATE TABLE public.auth_user (
    id text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    "emailVerified" boolean DEFAULT false NOT NULL,
    image text,
    "createdAt" timestamp with time zone DEFAULT now() NOT NULL,
    "updatedAt" timestamp with time zone DEFAULT now() NOT NULL,
    "twoFactorEnabled" boolean DEFAULT false NOT NULL
);

CREATE TABLE public.auth_verification (
    id text NOT NULL,
    identifier text NOT NULL,
    value text NOT NULL,
    "expiresAt" timestamp with time zone NOT NULL,
    "createdAt" timestamp with time zone DEFAULT now() NOT NULL,
    "updatedAt" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.directory (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    settings jsonb NOT NULL,
    secret_sealed bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT directory_kind_check CHECK ((kind = ANY (ARRAY['ldap'::text, 'activeDirectory'::text, 'openIdConnect'::text]))),
    CONSTRAINT directory_name_check CHECK (((name ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text) AND (name <> 'local'::text))),
    CONSTRAINT directory_title_check CHECK (((length(title) >= 1) AND (length(title) <= 100)))
);

CREATE TABLE public.draft (
    version_id uuid NOT NULL,
    host_id uuid NOT NULL,
    cpus integer NOT NULL,
    memory_mib integer NOT NULL,
    mac_address text NOT NULL,
    disk_gib integer,
    desired text DEFAULT 'open'::text NOT NULL,
    phase text DEFAULT 'planned'::text NOT NULL,
    sealed_at timestamp with time zone,
    progress jsonb,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    phase_since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT draft_cpus_check CHECK (((cpus >= 1) AND (cpus <= 256))),
    CONSTRAINT draft_desired_check CHECK ((desired = ANY (ARRAY['open'::text, 'published'::text, 'discarded'::text]))),
    CONSTRAINT draft_disk_gib_check CHECK (((disk_gib >= 1) AND (disk_gib <= 2048))),
    CONSTRAINT draft_memory_mib_check CHECK (((memory_mib >= 128) AND (memory_mib <= 4194304))),
    CONSTRAINT draft_phase_check CHECK ((phase = ANY (ARRAY['planned'::text, 'copying'::text, 'starting'::text, 'open'::text, 'sealing'::text, 'stopping'::text, 'off'::text, 'publishing'::text])))
);

CREATE TABLE public.group_member (
    group_id uuid NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW public.entitled_to_application AS
 SELECT application_entitlement.principal_id AS person_id,
    application_entitlement.application_id,
    application_entitlement.principal_id,
    application_entitlement.id AS entitlement_id
   FROM public.application_entitlement
UNION ALL
 SELECT group_member.person_id,
    given.application_id,
    given.principal_id,
    given.id AS entitlement_id
   FROM (public.group_member
     JOIN public.application_entitlement given ON ((given.principal_id = group_member.group_id)));

CREATE TABLE public.entitlement (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pool_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW public.entitled_to_pool AS
 SELECT entitlement.principal_id AS person_id,
    entitlement.pool_id,
    entitlement.principal_id,
    entitlement.id AS entitlement_id
   FROM public.entitlement
UNION ALL
 SELECT group_member.person_id,
    entitlement.pool_id,
    entitlement.principal_id,
    entitlement.id AS entitlement_id
   FROM (public.group_member
     JOIN public.entitlement ON ((entitlement.principal_id = group_member.group_id)));

CREATE TABLE public.favourite (
    person_id uuid NOT NULL,
    pool_id uuid,
    application_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT favourite_check CHECK ((num_nonnulls(pool_id, application_id) = 1))
);

CREATE TABLE public.history (
    id bigint NOT NULL,
    subject_id uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    phase text NOT NULL,
    reason text
);

ALTER TABLE public.history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.host (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    address jsonb NOT NULL,
    key_sealed bytea,
    storage_path text NOT NULL,
    phase text DEFAULT 'new'::text NOT NULL,
    reason text,
    facts jsonb,
    storage jsonb,
    network text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone,
    load jsonb,
    starts_max integer DEFAULT 2 NOT NULL,
    starts_reason text DEFAULT 'not measured yet'::text NOT NULL,
    share_memory boolean,
    CONSTRAINT host_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'::text)),
    CONSTRAINT host_phase_check CHECK ((phase = ANY (ARRAY['new'::text, 'ready'::text, 'unreachable'::text, 'unusable'::text, 'stopped'::text]))),
    CONSTRAINT host_starts_max_check CHECK (((starts_max >= 2) AND (starts_max <= 1000)))
);

CREATE TABLE public.host_network (
    host_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    name text NOT NULL,
    phase text NOT NULL,
    reason text,
    bridge text,
    subnet text,
    room integer,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT host_network_phase_check CHECK ((phase = ANY (ARRAY['ready'::text, 'failed'::text])))
);

CREATE UNLOGGED TABLE public.host_sample (
    host_id uuid NOT NULL,
    coarse boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    host jsonb NOT NULL,
    machines jsonb NOT NULL
);

CREATE TABLE public.image (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    recipe text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    refresh jsonb DEFAULT '{"every": "off"}'::jsonb NOT NULL,
    refresh_at timestamp with time zone,
    refreshed_at timestamp with time zone,
    refresh_result text,
    tenant_id uuid
);

CREATE TABLE public.image_program (
    image_version_id uuid NOT NULL,
    program text NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    icon bytea,
    CONSTRAINT image_program_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT image_program_icon_check CHECK ((length(icon) <= 65536)),
    CONSTRAINT image_program_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT image_program_program_check CHECK ((program ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$'::text))
);

CREATE TABLE public.image_version (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    image_id uuid NOT NULL,
    version integer NOT NULL,
    recipe_hash text,
    phase text DEFAULT 'planned'::text NOT NULL,
    progress jsonb,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    path text,
    virtual_bytes bigint,
    file_bytes bigint,
    current boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    ready_at timestamp with time zone,
    notes text DEFAULT ''::text NOT NULL,
    desired text DEFAULT 'ready'::text NOT NULL,
    source text DEFAULT 'recipe'::text NOT NULL,
    base_version_id uuid,
    packages jsonb,
    upload jsonb,
    CONSTRAINT image_version_desired_check CHECK ((desired = ANY (ARRAY['ready'::text, 'absent'::text]))),
    CONSTRAINT image_version_notes_check CHECK ((length(notes) <= 5000)),
    CONSTRAINT image_version_phase_check CHECK ((phase = ANY (ARRAY['planned'::text, 'building'::text, 'uploading'::text, 'checking'::text, 'authoring'::text, 'testing'::text, 'ready'::text, 'failed'::text]))),
    CONSTRAINT image_version_source_check CHECK ((source = ANY (ARRAY['recipe'::text, 'refresh'::text, 'draft'::text, 'import'::text, 'installer'::text]))),
    CONSTRAINT image_version_version_check CHECK ((version >= 1))
);

CREATE TABLE public.installation (
    singleton boolean DEFAULT true NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    desired text DEFAULT 'running'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_desired_check CHECK ((desired = ANY (ARRAY['running'::text, 'stopped'::text, 'purged'::text]))),
    CONSTRAINT installation_generation_check CHECK ((generation >= 1)),
    CONSTRAINT installation_singleton_check CHECK (singleton)
);

CREATE TABLE public.kept_answer (
    caller text NOT NULL,
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    request_sha256 bytea NOT NULL,
    answer_sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT kept_answer_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

CREATE TABLE public.known_place (
    user_id text NOT NULL,
    place bytea NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.look (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    person_id uuid NOT NULL,
    asker_id uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    allowed boolean,
    until timestamp with time zone NOT NULL
);

CREATE TABLE public.loop_status (
    loop text NOT NULL,
    key text NOT NULL,
    outcome text NOT NULL,
    detail text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT loop_status_outcome_check CHECK ((outcome = ANY (ARRAY['settled'::text, 'progress'::text, 'waiting'::text, 'failed'::text])))
);

CREATE TABLE public.machine (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    host_id uuid NOT NULL,
    template_id uuid,
    name text NOT NULL,
    mac_address text NOT NULL,
    desired text DEFAULT 'running'::text NOT NULL,
    phase text DEFAULT 'planned'::text NOT NULL,
    painted_at timestamp with time zone,
    identified_at timestamp with time zone,
    taken_at timestamp with time zone,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    phase_since timestamp with time zone DEFAULT now() NOT NULL,
    principal_id uuid,
    image_version_id uuid,
    adopted_at timestamp with time zone,
    power text DEFAULT 'on'::text NOT NULL,
    released_at timestamp with time zone,
    restart text,
    arranged text DEFAULT 'desktop'::text NOT NULL,
    account text,
    disk_kind text DEFAULT 'linked'::text NOT NULL,
    disk_gib integer,
    woken_at timestamp with time zone,
    adopting_at timestamp with time zone,
    CONSTRAINT machine_arranged_check CHECK ((arranged = ANY (ARRAY['desktop'::text, 'application'::text]))),
    CONSTRAINT machine_desired_check CHECK ((desired = ANY (ARRAY['running'::text, 'absent'::text]))),
    CONSTRAINT machine_disk_gib_check CHECK ((disk_gib > 0)),
    CONSTRAINT machine_disk_kind_check CHECK ((disk_kind = ANY (ARRAY['linked'::text, 'full'::text]))),
    CONSTRAINT machine_phase_check CHECK ((phase = ANY (ARRAY['planned'::text, 'cloning'::text, 'booting'::text, 'identifying'::text, 'ready'::text, 'stopping'::text, 'off'::text, 'failed'::text, 'deleting'::text]))),
    CONSTRAINT machine_power_check CHECK ((power = ANY (ARRAY['on'::text, 'off'::text]))),
    CONSTRAINT machine_restart_check CHECK ((restart = ANY (ARRAY['gently'::text, 'hard'::text])))
);

CREATE TABLE public.machine_failure (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    host_id uuid,
    image_version_id uuid,
    machine_id uuid NOT NULL,
    machine text NOT NULL,
    was_ready boolean NOT NULL,
    reason text NOT NULL,
    picture bytea,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT machine_failure_picture_check CHECK ((octet_length(picture) <= 4194304))
);

CREATE TABLE public.machine_maintenance (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    machine_id uuid,
    host_id uuid,
    machine text NOT NULL,
    window_from timestamp with time zone,
    until timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    asked_by text,
    stopped_by text,
    limit_s integer NOT NULL,
    phase text DEFAULT 'planned'::text NOT NULL,
    woken_at timestamp with time zone,
    started_at timestamp with time zone,
    silent_since timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text,
    reason text,
    items jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT machine_maintenance_check CHECK ((((phase = 'ended'::text) = (ended_at IS NOT NULL)) AND ((ended_at IS NULL) = (outcome IS NULL)))),
    CONSTRAINT machine_maintenance_check1 CHECK (((window_from IS NOT NULL) OR (asked_by IS NOT NULL))),
    CONSTRAINT machine_maintenance_limit_s_check CHECK ((limit_s > 0)),
    CONSTRAINT machine_maintenance_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text, 'skipped'::text, 'stopped'::text]))),
    CONSTRAINT machine_maintenance_phase_check CHECK ((phase = ANY (ARRAY['planned'::text, 'waking'::text, 'starting'::text, 'running'::text, 'ended'::text])))
);

CREATE TABLE public.mail (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    email text NOT NULL,
    what text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    reason text,
    CONSTRAINT mail_kind_check CHECK ((kind = ANY (ARRAY['reset'::text, 'verify'::text, 'changed'::text])))
);

CREATE TABLE public.message (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    sender text NOT NULL,
    text text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT message_text_check CHECK (((length(text) >= 1) AND (length(text) <= 1000)))
);

CREATE TABLE public.passkey (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    principal_id uuid NOT NULL,
    name text NOT NULL,
    credential_id text NOT NULL,
    public_key bytea NOT NULL,
    rp_id text NOT NULL,
    counter bigint NOT NULL,
    transports text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT passkey_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.pool (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    image_id uuid NOT NULL,
    kind text NOT NULL,
    cpus integer NOT NULL,
    memory_mib integer NOT NULL,
    ready_count integer DEFAULT 1 NOT NULL,
    machines_max integer DEFAULT 10 NOT NULL,
    disconnect_timeout_s integer DEFAULT 28800 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    closed_reason text,
    desired text DEFAULT 'present'::text NOT NULL,
    image_version_id uuid,
    machine_name text DEFAULT '{pool}-{random}'::text NOT NULL,
    disk_kind text DEFAULT 'linked'::text NOT NULL,
    cpu_shares integer,
    cpu_cap_percent integer,
    memory_locked boolean DEFAULT false NOT NULL,
    read_mib_per_s integer,
    write_mib_per_s integer,
    iops integer,
    idle_timeout_s integer,
    power_off_after_s integer DEFAULT 1800,
    profile_gib integer,
    serves_version_id uuid,
    network_kind text DEFAULT 'nat'::text NOT NULL,
    network_subnet text,
    network_bridge text,
    network_open_vswitch boolean DEFAULT false NOT NULL,
    network_vlan integer,
    network_ipv6 boolean DEFAULT false NOT NULL,
    network_neighbours boolean DEFAULT false NOT NULL,
    learns boolean DEFAULT true NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    healthy_at timestamp with time zone,
    maintenance jsonb,
    clipboard text DEFAULT 'both'::text NOT NULL,
    screen_width_max integer,
    screen_height_max integer,
    CONSTRAINT pool_check CHECK (((screen_width_max IS NULL) = (screen_height_max IS NULL))),
    CONSTRAINT pool_clipboard_check CHECK ((clipboard = ANY (ARRAY['both'::text, 'toMachine'::text, 'fromMachine'::text, 'none'::text]))),
    CONSTRAINT pool_closed_reason_check CHECK (((length(closed_reason) >= 1) AND (length(closed_reason) <= 500))),
    CONSTRAINT pool_cpu_cap_percent_check CHECK (((cpu_cap_percent >= 1) AND (cpu_cap_percent <= 25600))),
    CONSTRAINT pool_cpu_shares_check CHECK (((cpu_shares >= 2) AND (cpu_shares <= 10000))),
    CONSTRAINT pool_cpus_check CHECK (((cpus >= 1) AND (cpus <= 256))),
    CONSTRAINT pool_description_check CHECK ((length(description) <= 2000)),
    CONSTRAINT pool_desired_check CHECK ((desired = ANY (ARRAY['present'::text, 'absent'::text]))),
    CONSTRAINT pool_disconnect_timeout_s_check CHECK ((disconnect_timeout_s >= 60)),
    CONSTRAINT pool_disk_kind_check CHECK ((disk_kind = ANY (ARRAY['linked'::text, 'full'::text]))),
    CONSTRAINT pool_idle_timeout_s_check CHECK ((idle_timeout_s >= 60)),
    CONSTRAINT pool_iops_check CHECK (((iops >= 10) AND (iops <= 1000000))),
    CONSTRAINT pool_kind_check CHECK ((kind = ANY (ARRAY['pooled'::text, 'persistent'::text]))),
    CONSTRAINT pool_machine_name_check CHECK ((machine_name ~ '^[a-z0-9{}-]{1,60}$'::text)),
    CONSTRAINT pool_machines_max_check CHECK (((machines_max >= 1) AND (machines_max <= 10000))),
    CONSTRAINT pool_memory_mib_check CHECK (((memory_mib >= 128) AND (memory_mib <= 4194304))),
    CONSTRAINT pool_network CHECK (
CASE network_kind
    WHEN 'bridge'::text THEN ((network_bridge IS NOT NULL) AND (network_subnet IS NULL))
    WHEN 'routed'::text THEN ((network_bridge IS NULL) AND (network_subnet IS NOT NULL))
    ELSE (network_bridge IS NULL)
END),
    CONSTRAINT pool_network_bridge_check CHECK ((network_bridge ~ '^[A-Za-z0-9_.-]{1,15}$'::text)),
    CONSTRAINT pool_network_kind_check CHECK ((network_kind = ANY (ARRAY['nat'::text, 'routed'::text, 'isolated'::text, 'bridge'::text]))),
    CONSTRAINT pool_network_vlan_check CHECK (((network_vlan >= 1) AND (network_vlan <= 4094))),
    CONSTRAINT pool_power_off_after_s_check CHECK ((power_off_after_s >= 0)),
    CONSTRAINT pool_profile_gib_check CHECK (((profile_gib >= 1) AND (profile_gib <= 16384))),
    CONSTRAINT pool_read_mib_per_s_check CHECK (((read_mib_per_s >= 1) AND (read_mib_per_s <= 100000))),
    CONSTRAINT pool_ready_count_check CHECK (((ready_count >= 0) AND (ready_count <= 10000))),
    CONSTRAINT pool_screen_height_max_check CHECK (((screen_height_max >= 480) AND (screen_height_max <= 8192))),
    CONSTRAINT pool_screen_width_max_check CHECK (((screen_width_max >= 640) AND (screen_width_max <= 8192))),
    CONSTRAINT pool_write_mib_per_s_check CHECK (((write_mib_per_s >= 1) AND (write_mib_per_s <= 100000)))
);

CREATE TABLE public.pool_schedule (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pool_id uuid NOT NULL,
    weekdays integer[] NOT NULL,
    from_minute integer NOT NULL,
    until_minute integer NOT NULL,
    time_zone text NOT NULL,
    ready_count integer NOT NULL,
    CONSTRAINT pool_schedule_check CHECK ((((until_minute >= 1) AND (until_minute <= 1440)) AND (until_minute > from_minute))),
    CONSTRAINT pool_schedule_from_minute_check CHECK (((from_minute >= 0) AND (from_minute <= 1439))),
    CONSTRAINT pool_schedule_ready_count_check CHECK (((ready_count >= 0) AND (ready_count <= 10000))),
    CONSTRAINT pool_schedule_weekdays_check CHECK (((weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]) AND (cardinality(weekdays) > 0)))
);

CREATE TABLE public.principal (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    cost_centre text,
    auth_user_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    source text DEFAULT 'local'::text NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    external_id text,
    external_name text,
    ended_at timestamp with time zone,
    looked_at timestamp with time zone,
    CONSTRAINT principal_check CHECK (((source <> 'local'::text) OR ((external_id IS NULL) AND (ended_at IS NULL)))),
    CONSTRAINT principal_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 500))),
    CONSTRAINT principal_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'group'::text]))),
    CONSTRAINT principal_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT principal_roles_check CHECK ((roles <@ ARRAY['helpdesk'::text, 'poolManager'::text, 'administrator'::text, 'operator'::text, 'auditor'::text])),
    CONSTRAINT principal_roles_of_people CHECK (((kind = 'person'::text) OR (roles = '{}'::text[]))),
    CONSTRAINT principal_source_check CHECK ((source ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);

CREATE TABLE public.profile_disk (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    host_id uuid NOT NULL,
    size_gib integer NOT NULL,
    machine_id uuid,
    claimed_at timestamp with time zone,
    clean boolean DEFAULT true NOT NULL,
    used_bytes bigint,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    attached_at timestamp with time zone,
    released_at timestamp with time zone,
    CONSTRAINT profile_disk_size_gib_check CHECK (((size_gib >= 1) AND (size_gib <= 16384)))
);

CREATE TABLE public.quarantine (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    host_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT quarantine_kind_check CHECK ((kind = ANY (ARRAY['machine'::text, 'volume'::text, 'network'::text])))
);

CREATE TABLE public.quota (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    scope text NOT NULL,
    principal_id uuid,
    vcpus bigint,
    memory_mib bigint,
    disk_gib bigint,
    machines bigint,
    sessions bigint,
    CONSTRAINT quota_disk_gib_check CHECK ((disk_gib >= 0)),
    CONSTRAINT quota_machines_check CHECK ((machines >= 0)),
    CONSTRAINT quota_memory_mib_check CHECK ((memory_mib >= 0)),
    CONSTRAINT quota_of_whom CHECK (((scope = ANY (ARRAY['group'::text, 'person'::text])) = (principal_id IS NOT NULL))),
    CONSTRAINT quota_scope_check CHECK ((scope = ANY (ARRAY['tenant'::text, 'each'::text, 'group'::text, 'person'::text]))),
    CONSTRAINT quota_sessions_check CHECK ((sessions >= 0)),
    CONSTRAINT quota_vcpus_check CHECK ((vcpus >= 0))
);

CREATE TABLE public.rollout (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pool_id uuid NOT NULL,
    from_version_id uuid,
    to_version_id uuid NOT NULL,
    phase text DEFAULT 'rolling'::text NOT NULL,
    wave text DEFAULT 'canary'::text NOT NULL,
    reason text,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    proven_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT rollout_phase_check CHECK ((phase = ANY (ARRAY['rolling'::text, 'stopped'::text, 'done'::text, 'left'::text]))),
    CONSTRAINT rollout_wave_check CHECK ((wave = ANY (ARRAY['canary'::text, 'quarter'::text, 'all'::text])))
);

CREATE TABLE public.second_factor_used (
    user_id text NOT NULL,
    code_sha256 bytea NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.session (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    machine_id uuid,
    principal_id uuid NOT NULL,
    phase text DEFAULT 'waiting'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    phase_since timestamp with time zone DEFAULT now() NOT NULL,
    connected_at timestamp with time zone,
    ended_at timestamp with time zone,
    end_reason text,
    profile text DEFAULT 'none'::text NOT NULL,
    last_input_at timestamp with time zone,
    locale jsonb,
    viewer jsonb,
    viewer_since timestamp with time zone,
    cut_at timestamp with time zone,
    cut_reason text,
    mode text DEFAULT 'desktop'::text NOT NULL,
    latency_ms integer,
    CONSTRAINT session_cut_reason_check CHECK (((length(cut_reason) >= 1) AND (length(cut_reason) <= 500))),
    CONSTRAINT session_latency_ms_check CHECK ((latency_ms >= 0)),
    CONSTRAINT session_mode_check CHECK ((mode = ANY (ARRAY['desktop'::text, 'application'::text]))),
    CONSTRAINT session_phase_check CHECK ((phase = ANY (ARRAY['waiting'::text, 'connected'::text, 'disconnected'::text, 'ended'::text]))),
    CONSTRAINT session_profile_check CHECK ((profile = ANY (ARRAY['none'::text, 'disk'::text, 'conflict'::text])))
);

CREATE TABLE public.session_program (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    application_id uuid,
    program text NOT NULL,
    title text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    reason text
);

CREATE TABLE public.setting (
    name text NOT NULL,
    value_sealed bytea NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.setup_link (
    token_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.storage_dedupe (
    host_id uuid NOT NULL,
    enabled boolean DEFAULT false NOT NULL,
    from_minute integer DEFAULT 60 NOT NULL,
    until_minute integer DEFAULT 300 NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    latency_limit_ms integer DEFAULT 20 NOT NULL,
    wanted_at timestamp with time zone,
    obstacle text,
    looked_at timestamp with time zone,
    CONSTRAINT storage_dedupe_check CHECK ((from_minute <> until_minute)),
    CONSTRAINT storage_dedupe_from_minute_check CHECK (((from_minute >= 0) AND (from_minute <= 1439))),
    CONSTRAINT storage_dedupe_latency_limit_ms_check CHECK (((latency_limit_ms >= 1) AND (latency_limit_ms <= 10000))),
    CONSTRAINT storage_dedupe_until_minute_check CHECK (((until_minute >= 0) AND (until_minute <= 1439)))
);

CREATE TABLE public.storage_dedupe_run (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    host_id uuid NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    progress jsonb,
    outcome text,
    reason text,
    used_before bigint,
    used_after bigint,
    stopped_by text,
    CONSTRAINT storage_dedupe_run_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'cut'::text, 'failed'::text])))
);

CREATE TABLE public.template (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    image_version_id uuid NOT NULL,
    host_id uuid NOT NULL,
    host_class text NOT NULL,
    cpus integer NOT NULL,
    memory_mib integer NOT NULL,
    desired text DEFAULT 'ready'::text NOT NULL,
    phase text DEFAULT 'planned'::text NOT NULL,
    progress jsonb,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    saved_memory_bytes bigint,
    save_head bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    phase_since timestamp with time zone DEFAULT now() NOT NULL,
    ready_at timestamp with time zone,
    CONSTRAINT template_desired_check CHECK ((desired = ANY (ARRAY['ready'::text, 'absent'::text]))),
    CONSTRAINT template_phase_check CHECK ((phase = ANY (ARRAY['planned'::text, 'copying'::text, 'booting'::text, 'saving'::text, 'ready'::text, 'failed'::text, 'deleting'::text])))
);

CREATE VIEW public.task AS
 SELECT v.id,
    'image'::text AS kind,
    i.tenant_id,
    ((i.title || ', version '::text) || v.version) AS title,
        CASE v.source
            WHEN 'import'::text THEN 'Import'::text
            WHEN 'installer'::text THEN 'Install'::text
            WHEN 'refresh'::text THEN 'Refresh'::text
            WHEN 'draft'::text THEN 'Publish'::text
            ELSE 'Build'::text
        END AS what,
        CASE
            WHEN (v.desired = 'absent'::text) THEN 'stopped'::text
            WHEN (v.phase = 'ready'::text) THEN 'done'::text
            WHEN (v.phase = 'failed'::text) THEN 'failed'::text
            WHEN (v.phase = ANY (ARRAY['planned'::text, 'uploading'::text])) THEN 'waiting'::text
            ELSE 'running'::text
        END AS state,
    v.phase,
    COALESCE(v.progress, d.progress) AS progress,
    COALESCE(v.reason, d.reason) AS reason,
    v.created_at AS began_at,
    v.ready_at AS ended_at,
    i.id AS subject_id,
    ((v.phase = 'failed'::text) AND (v.desired = 'ready'::text) AND ((v.path IS NOT NULL) OR ((i.recipe IS NOT NULL) AND (v.source <> 'import'::text)))) AS again,
    ((v.desired = 'ready'::text) AND (v.phase = ANY (ARRAY['planned'::text, 'building'::text, 'uploading'::text, 'checking'::text])) AND (NOT v.current)) AS stop
   FROM ((public.image_version v
     JOIN public.image i ON ((i.id = v.image_id)))
     LEFT JOIN public.draft d ON ((d.version_id = v.id)))
  WHERE ((v.phase <> 'authoring'::text) OR (d.desired = 'published'::text))
UNION ALL
 SELECT t.id,
    'template'::text AS kind,
    i.tenant_id,
    ((i.title || ' on '::text) || h.name) AS title,
    'Template'::text AS what,
        CASE
            WHEN (t.phase = 'ready'::text) THEN 'done'::text
            WHEN (t.phase = 'failed'::text) THEN 'failed'::text
            WHEN (t.phase = 'planned'::text) THEN 'waiting'::text
            ELSE 'running'::text
        END AS state,
    t.phase,
    t.progress,
    t.reason,
    t.created_at AS began_at,
    t.ready_at AS ended_at,
    i.id AS subject_id,
    (t.phase = 'failed'::text) AS again,
    false AS stop
   FROM (((public.template t
     JOIN public.image_version v ON ((v.id = t.image_version_id)))
     JOIN public.image i ON ((i.id = v.image_id)))
     JOIN public.host h ON ((h.id = t.host_id)))
  WHERE (t.desired = 'ready'::text)
UNION ALL
 SELECT r.id,
    'rollout'::text AS kind,
    p.tenant_id,
    ((p.title || ', version '::text) || v.version) AS title,
    'Roll-out'::text AS what,
        CASE r.phase
            WHEN 'rolling'::text THEN 'running'::text
            WHEN 'stopped'::text THEN 'failed'::text
            WHEN 'left'::text THEN 'stopped'::text
            ELSE 'done'::text
        END AS state,
        CASE
            WHEN (r.phase = 'rolling'::text) THEN r.wave
            ELSE r.phase
        END AS phase,
    NULL::jsonb AS progress,
    r.reason,
    r.begun_at AS began_at,
    r.ended_at,
    p.id AS subject_id,
    ((r.phase = 'stopped'::text) AND (p.desired = 'present'::text)) AS again,
    ((r.phase = 'rolling'::text) AND (r.from_version_id IS NOT NULL) AND (p.desired = 'present'::text)) AS stop
   FROM ((public.rollout r
     JOIN public.pool p ON ((p.id = r.pool_id)))
     JOIN public.image_version v ON ((v.id = r.to_version_id)))
UNION ALL
 SELECT m.id,
    'maintenance'::text AS kind,
    m.tenant_id,
    m.machine AS title,
    'Maintenance'::text AS what,
        CASE
            WHEN (m.phase = 'planned'::text) THEN 'waiting'::text
            WHEN (m.ended_at IS NULL) THEN 'running'::text
            WHEN (m.outcome = 'done'::text) THEN 'done'::text
            WHEN (m.outcome = 'failed'::text) THEN 'failed'::text
            ELSE 'stopped'::text
        END AS state,
    m.phase,
    NULL::jsonb AS progress,
    m.reason,
    COALESCE(m.started_at, m.due_at) AS began_at,
    m.ended_at,
    COALESCE(m.machine_id, m.pool_id) AS subject_id,
    ((m.outcome = 'failed'::text) AND (m.machine_id IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.machine_maintenance l
          WHERE ((l.machine_id = m.machine_id) AND (l.created_at > m.created_at)))))) AS again,
    ((m.ended_at IS NULL) AND (m.stopped_by IS NULL)) AS stop
   FROM public.machine_maintenance m
  WHERE (((m.phase <> 'planned'::text) OR (m.asked_by IS NOT NULL) OR (m.due_at <= now())) AND ((m.ended_at IS NULL) OR (m.ended_at > (now() - '14 days'::interval))))
UNION ALL
 SELECT r.id,
    'dedupe'::text AS kind,
    NULL::uuid AS tenant_id,
    h.name AS title,
    'Deduplication'::text AS what,
        CASE
            WHEN (r.ended_at IS NULL) THEN 'running'::text
            WHEN (r.outcome = 'done'::text) THEN 'done'::text
            WHEN (r.outcome = 'failed'::text) THEN 'failed'::text
            ELSE 'stopped'::text
        END AS state,
    COALESCE(r.outcome, 'running'::text) AS phase,
    r.progress,
    r.reason,
    r.started_at AS began_at,
    r.ended_at,
    h.id AS subject_id,
    ((r.ended_at IS NOT NULL) AND (r.outcome <> 'done'::text) AND (NOT (EXISTS ( SELECT
           FROM public.storage_dedupe_run l
          WHERE ((l.host_id = r.host_id) AND (l.started_at > r.started_at)))))) AS again,
    ((r.ended_at IS NULL) AND (r.stopped_by IS NULL)) AS stop
   FROM (public.storage_dedupe_run r
     JOIN public.host h ON ((h.id = r.host_id)));

CREATE TABLE public.tenant (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    suspended_at timestamp with time zone,
    suspended_reason text,
    CONSTRAINT tenant_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT tenant_suspended CHECK (((suspended_reason IS NULL) OR (suspended_at IS NOT NULL))),
    CONSTRAINT tenant_suspended_reason_check CHECK (((length(suspended_reason) >= 1) AND (length(suspended_reason) <= 500)))
);

CREATE TABLE public.ticket (
    token_sha256 bytea NOT NULL,
    session_id uuid,
    principal_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    draft_id uuid,
    machine_id uuid,
    CONSTRAINT ticket_of_one CHECK ((num_nonnulls(session_id, draft_id, machine_id) = 1))
);

CREATE TABLE public.usage_event (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    tenant_id uuid NOT NULL,
    principal_id uuid,
    cost_centre text,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    amount jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.usage_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.usage_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.wrong_guess (
    bucket bytea NOT NULL,
    count integer NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_token_sha256_key UNIQUE (token_sha256);

ALTER TABLE ONLY public.application_entitlement
    ADD CONSTRAINT application_entitlement_application_id_principal_id_key UNIQUE (application_id, principal_id);

ALTER TABLE ONLY public.application_entitlement
    ADD CONSTRAINT application_entitlement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_tenant_id_name_key UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_position_key UNIQUE ("position");

ALTER TABLE ONLY public.audit_sent
    ADD CONSTRAINT audit_sent_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.auth_account
    ADD CONSTRAINT auth_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_second_factor
    ADD CONSTRAINT auth_second_factor_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_second_factor
    ADD CONSTRAINT "auth_second_factor_userId_key" UNIQUE ("userId");

ALTER TABLE ONLY public.auth_session
    ADD CONSTRAINT auth_session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_session
    ADD CONSTRAINT auth_session_token_key UNIQUE (token);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_email_key UNIQUE (email);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_verification
    ADD CONSTRAINT auth_verification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.directory
    ADD CONSTRAINT directory_name_key UNIQUE (name);

ALTER TABLE ONLY public.directory
    ADD CONSTRAINT directory_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_mac_address_key UNIQUE (mac_address);

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_pkey PRIMARY KEY (version_id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_pool_id_principal_id_key UNIQUE (pool_id, principal_id);

ALTER TABLE ONLY public.favourite
    ADD CONSTRAINT favourite_person_id_application_id_key UNIQUE (person_id, application_id);

ALTER TABLE ONLY public.favourite
    ADD CONSTRAINT favourite_person_id_pool_id_key UNIQUE (person_id, pool_id);

ALTER TABLE ONLY public.group_member
    ADD CONSTRAINT group_member_pkey PRIMARY KEY (group_id, person_id);

ALTER TABLE ONLY public.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.host
    ADD CONSTRAINT host_name_key UNIQUE (name);

ALTER TABLE ONLY public.host_network
    ADD CONSTRAINT host_network_pkey PRIMARY KEY (host_id, pool_id);

ALTER TABLE ONLY public.host
    ADD CONSTRAINT host_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.host_sample
    ADD CONSTRAINT host_sample_pkey PRIMARY KEY (host_id, coarse, at);

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.image_program
    ADD CONSTRAINT image_program_pkey PRIMARY KEY (image_version_id, program);

ALTER TABLE ONLY public.image_version
    ADD CONSTRAINT image_version_image_id_recipe_hash_key UNIQUE (image_id, recipe_hash);

ALTER TABLE ONLY public.image_version
    ADD CONSTRAINT image_version_image_id_version_key UNIQUE (image_id, version);

ALTER TABLE ONLY public.image_version
    ADD CONSTRAINT image_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.kept_answer
    ADD CONSTRAINT kept_answer_pkey PRIMARY KEY (tenant_id, caller, key);

ALTER TABLE ONLY public.known_place
    ADD CONSTRAINT known_place_pkey PRIMARY KEY (user_id, place);

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_session_id_asker_id_key UNIQUE (session_id, asker_id);

ALTER TABLE ONLY public.loop_status
    ADD CONSTRAINT loop_status_pkey PRIMARY KEY (loop, key);

ALTER TABLE ONLY public.machine_failure
    ADD CONSTRAINT machine_failure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_mac_address_key UNIQUE (mac_address);

ALTER TABLE ONLY public.machine_maintenance
    ADD CONSTRAINT machine_maintenance_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_name_key UNIQUE (name);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_credential_id_key UNIQUE (credential_id);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pool_schedule
    ADD CONSTRAINT pool_schedule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.principal
    ADD CONSTRAINT principal_auth_user_id_key UNIQUE (auth_user_id);

ALTER TABLE ONLY public.principal
    ADD CONSTRAINT principal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_machine_id_key UNIQUE (machine_id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_principal_id_key UNIQUE (principal_id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_host_id_kind_name_key UNIQUE (host_id, kind, name);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rollout
    ADD CONSTRAINT rollout_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.second_factor_used
    ADD CONSTRAINT second_factor_used_pkey PRIMARY KEY (user_id, code_sha256);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session_program
    ADD CONSTRAINT session_program_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.setup_link
    ADD CONSTRAINT setup_link_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY public.storage_dedupe
    ADD CONSTRAINT storage_dedupe_pkey PRIMARY KEY (host_id);

ALTER TABLE ONLY public.storage_dedupe_run
    ADD CONSTRAINT storage_dedupe_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.template
    ADD CONSTRAINT template_image_version_id_host_id_host_class_cpus_memory_mi_key UNIQUE (image_version_id, host_id, host_class, cpus, memory_mib);

ALTER TABLE ONLY public.template
    ADD CONSTRAINT template_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT usage_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.wrong_guess
    ADD CONSTRAINT wrong_guess_pkey PRIMARY KEY (bucket);

CREATE INDEX api_key_principal_id_idx ON public.api_key USING btree (principal_id);

CREATE INDEX application_entitlement_principal_id_idx ON public.application_entitlement USING btree (principal_id);

CREATE INDEX application_pool_id_idx ON public.application USING btree (pool_id);

CREATE INDEX audit_event_at_idx ON public.audit_event USING btree (at);

CREATE INDEX audit_event_of_machine ON public.audit_event USING btree (subject_id, id) WHERE (subject_kind = ANY (ARRAY['machine'::text, 'machines'::text]));

CREATE INDEX audit_event_tenant_id_id_idx ON public.audit_event USING btree (tenant_id, id);

CREATE INDEX audit_event_text ON public.audit_event USING gin (public.audit_text(actor, action, subject_kind, subject_id, outcome, why, client, detail) public.gin_trgm_ops);

CREATE INDEX audit_event_unchained ON public.audit_event USING btree (id) WHERE ("position" IS NULL);

CREATE INDEX "auth_account_userId_idx" ON public.auth_account USING btree ("userId");

CREATE INDEX "auth_session_userId_idx" ON public.auth_session USING btree ("userId");

CREATE INDEX auth_user_email_text ON public.auth_user USING gin (email public.gin_trgm_ops);

CREATE INDEX auth_verification_identifier_idx ON public.auth_verification USING btree (identifier);

CREATE INDEX draft_host_id_idx ON public.draft USING btree (host_id);

CREATE INDEX entitlement_principal_id_idx ON public.entitlement USING btree (principal_id);

CREATE INDEX group_member_person_id_idx ON public.group_member USING btree (person_id);

CREATE INDEX history_at ON public.history USING btree (at);

CREATE INDEX history_of ON public.history USING btree (subject_id, id);

CREATE INDEX host_network_pool_id_idx ON public.host_network USING btree (pool_id);

CREATE UNIQUE INDEX image_name ON public.image USING btree (tenant_id, name) NULLS NOT DISTINCT;

CREATE UNIQUE INDEX image_version_one_current ON public.image_version USING btree (image_id) WHERE current;

CREATE INDEX kept_answer_age ON public.kept_answer USING btree (created_at);

CREATE INDEX look_asker ON public.look USING btree (asker_id);

CREATE INDEX look_person ON public.look USING btree (person_id);

CREATE INDEX machine_by_name ON public.machine USING btree (tenant_id, name, id);

CREATE INDEX machine_by_phase ON public.machine USING btree (tenant_id, phase, id);

CREATE INDEX machine_failure_pool_id_at_idx ON public.machine_failure USING btree (pool_id, at);

CREATE INDEX machine_free ON public.machine USING btree (pool_id, created_at) WHERE ((taken_at IS NULL) AND (desired = 'running'::text) AND (phase = 'ready'::text));

CREATE INDEX machine_host_id_idx ON public.machine USING btree (host_id);

CREATE INDEX machine_maintenance_busy ON public.machine_maintenance USING btree (host_id) WHERE (phase = ANY (ARRAY['waking'::text, 'starting'::text, 'running'::text]));

CREATE INDEX machine_maintenance_due ON public.machine_maintenance USING btree (due_at) WHERE (ended_at IS NULL);

CREATE INDEX machine_maintenance_ended ON public.machine_maintenance USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX machine_maintenance_of ON public.machine_maintenance USING btree (machine_id, created_at);

CREATE UNIQUE INDEX machine_maintenance_once ON public.machine_maintenance USING btree (machine_id, window_from);

CREATE UNIQUE INDEX machine_maintenance_open ON public.machine_maintenance USING btree (machine_id) WHERE (ended_at IS NULL);

CREATE INDEX machine_maintenance_pool_id_window_from_idx ON public.machine_maintenance USING btree (pool_id, window_from);

CREATE INDEX machine_newest ON public.machine USING btree (tenant_id, created_at, id);

CREATE INDEX machine_of_person ON public.machine USING btree (principal_id) WHERE ((principal_id IS NOT NULL) AND (desired = 'running'::text));

CREATE UNIQUE INDEX machine_one_of_person ON public.machine USING btree (pool_id, principal_id) WHERE (desired = 'running'::text);

CREATE INDEX machine_pool_id_idx ON public.machine USING btree (pool_id);

CREATE INDEX machine_starting ON public.machine USING btree (host_id, phase_since) WHERE (phase = ANY (ARRAY['cloning'::text, 'booting'::text]));

CREATE INDEX mail_email_idx ON public.mail USING btree (email);

CREATE INDEX message_at ON public.message USING btree (at);

CREATE INDEX message_unread ON public.message USING btree (person_id, at) WHERE (read_at IS NULL);

CREATE INDEX passkey_principal_id_idx ON public.passkey USING btree (principal_id);

CREATE UNIQUE INDEX pool_name ON public.pool USING btree (tenant_id, name) WHERE (desired = 'present'::text);

CREATE INDEX pool_schedule_pool_id_idx ON public.pool_schedule USING btree (pool_id);

CREATE INDEX principal_by_name ON public.principal USING btree (tenant_id, kind, lower(name), id);

CREATE UNIQUE INDEX principal_external ON public.principal USING btree (source, external_id) WHERE (external_id IS NOT NULL);

CREATE UNIQUE INDEX principal_group_name ON public.principal USING btree (tenant_id, lower(name)) WHERE (kind = 'group'::text);

CREATE INDEX principal_name_text ON public.principal USING gin (name public.gin_trgm_ops);

CREATE INDEX principal_roles ON public.principal USING btree (tenant_id) WHERE (roles <> '{}'::text[]);

CREATE INDEX profile_disk_host_id_idx ON public.profile_disk USING btree (host_id);

CREATE INDEX profile_disk_tenant_id_idx ON public.profile_disk USING btree (tenant_id);

CREATE UNIQUE INDEX quota_one ON public.quota USING btree (tenant_id, scope, principal_id) NULLS NOT DISTINCT;

CREATE INDEX quota_principal_id_idx ON public.quota USING btree (principal_id);

CREATE UNIQUE INDEX rollout_one_open ON public.rollout USING btree (pool_id) WHERE (phase = ANY (ARRAY['rolling'::text, 'stopped'::text]));

CREATE INDEX rollout_pool_id_begun_at_idx ON public.rollout USING btree (pool_id, begun_at);

CREATE INDEX session_arrivals ON public.session USING btree (pool_id, created_at);

CREATE INDEX session_ended ON public.session USING btree (tenant_id, created_at, id) WHERE (ended_at IS NOT NULL);

CREATE INDEX session_live ON public.session USING btree (tenant_id, created_at, id) WHERE (ended_at IS NULL);

CREATE INDEX session_of_machine ON public.session USING btree (machine_id, created_at) WHERE (machine_id IS NOT NULL);

CREATE INDEX session_of_person ON public.session USING btree (principal_id, created_at);

CREATE UNIQUE INDEX session_one_of_machine ON public.session USING btree (machine_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX session_one_of_pool ON public.session USING btree (principal_id, pool_id) WHERE (ended_at IS NULL);

CREATE INDEX session_program_session_id_created_at_idx ON public.session_program USING btree (session_id, created_at);

CREATE INDEX session_waiting ON public.session USING btree (pool_id, created_at, id) WHERE ((ended_at IS NULL) AND (machine_id IS NULL));

CREATE INDEX storage_dedupe_run_host_id_started_at_idx ON public.storage_dedupe_run USING btree (host_id, started_at);

CREATE UNIQUE INDEX storage_dedupe_run_one ON public.storage_dedupe_run USING btree (host_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX tenant_name ON public.tenant USING btree (lower(name));

CREATE INDEX ticket_draft_id_idx ON public.ticket USING btree (draft_id) WHERE (draft_id IS NOT NULL);

CREATE INDEX ticket_expires_at_idx ON public.ticket USING btree (expires_at);

CREATE INDEX ticket_of_machine ON public.ticket USING btree (machine_id, used_at) WHERE (machine_id IS NOT NULL);

CREATE INDEX usage_event_subject ON public.usage_event USING btree (subject_id, id);

CREATE INDEX usage_event_tenant_id_at_idx ON public.usage_event USING btree (tenant_id, at);

CREATE INDEX wrong_guess_since_idx ON public.wrong_guess USING btree (since);

CREATE TRIGGER announce AFTER DELETE ON public.auth_session FOR EACH ROW EXECUTE FUNCTION public.announce_sign_out();

CREATE TRIGGER announce AFTER UPDATE OF phase, painted_at ON public.machine FOR EACH ROW EXECUTE FUNCTION public.announce('machine');

CREATE TRIGGER announce AFTER UPDATE OF phase, machine_id ON public.session FOR EACH ROW EXECUTE FUNCTION public.announce('session');

CREATE TRIGGER announce_adopted AFTER UPDATE OF adopted_at ON public.machine FOR EACH ROW EXECUTE FUNCTION public.announce('machine');

CREATE TRIGGER announce_arranged AFTER UPDATE OF arranged ON public.machine FOR EACH ROW WHEN ((old.arranged IS DISTINCT FROM new.arranged)) EXECUTE FUNCTION public.announce('machine');

CREATE TRIGGER announce_profile AFTER UPDATE OF profile ON public.session FOR EACH ROW EXECUTE FUNCTION public.announce('session');

CREATE TRIGGER announce_taken AFTER UPDATE OF machine_id ON public.session FOR EACH ROW WHEN (((new.machine_id IS NOT NULL) AND (old.machine_id IS DISTINCT FROM new.machine_id))) EXECUTE FUNCTION public.announce_taken();

CREATE TRIGGER announce_taken_new AFTER INSERT ON public.session FOR EACH ROW WHEN ((new.machine_id IS NOT NULL)) EXECUTE FUNCTION public.announce_taken();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.keep_audit();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.usage_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER history AFTER UPDATE ON public.host FOR EACH ROW WHEN (((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason))) EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history AFTER UPDATE ON public.image_version FOR EACH ROW WHEN ((((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason)) OR ((old.progress ->> 'step'::text) IS DISTINCT FROM (new.progress ->> 'step'::text)))) EXECUTE FUNCTION public.keep_progress();

CREATE TRIGGER history AFTER UPDATE ON public.machine FOR EACH ROW WHEN (((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason))) EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history AFTER UPDATE ON public.machine_maintenance FOR EACH ROW WHEN (((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason))) EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history AFTER UPDATE ON public.rollout FOR EACH ROW WHEN ((((old.phase IS DISTINCT FROM new.phase) OR (old.wave IS DISTINCT FROM new.wave)) OR (old.reason IS DISTINCT FROM new.reason))) EXECUTE FUNCTION public.keep_rollout();

CREATE TRIGGER history AFTER UPDATE ON public.template FOR EACH ROW WHEN ((((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason)) OR ((old.progress ->> 'step'::text) IS DISTINCT FROM (new.progress ->> 'step'::text)))) EXECUTE FUNCTION public.keep_progress();

CREATE TRIGGER history_new AFTER INSERT ON public.host FOR EACH ROW EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history_new AFTER INSERT ON public.image_version FOR EACH ROW EXECUTE FUNCTION public.keep_progress();

CREATE TRIGGER history_new AFTER INSERT ON public.machine FOR EACH ROW EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history_new AFTER INSERT ON public.machine_maintenance FOR EACH ROW EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER history_new AFTER INSERT ON public.rollout FOR EACH ROW EXECUTE FUNCTION public.keep_rollout();

CREATE TRIGGER history_new AFTER INSERT ON public.template FOR EACH ROW EXECUTE FUNCTION public.keep_progress();

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.application FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('application');

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.application_entitlement FOR EACH ROW EXECUTE FUNCTION public.live_given('application_entitlement');

CREATE TRIGGER live AFTER INSERT ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('audit_event');

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.auth_session FOR EACH ROW EXECUTE FUNCTION public.live_sign_in();

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.directory FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('directory');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.draft FOR EACH ROW EXECUTE FUNCTION public.live('draft');

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.entitlement FOR EACH ROW EXECUTE FUNCTION public.live_given('entitlement');

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.favourite FOR EACH ROW EXECUTE FUNCTION public.live_favourite();

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.group_member FOR EACH ROW EXECUTE FUNCTION public.live_member();

CREATE TRIGGER live AFTER UPDATE ON public.host FOR EACH ROW WHEN ((((((((((((old.name IS DISTINCT FROM new.name) OR (old.address IS DISTINCT FROM new.address)) OR (old.phase IS DISTINCT FROM new.phase)) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.facts IS DISTINCT FROM new.facts)) OR (old.storage IS DISTINCT FROM new.storage)) OR (old.network IS DISTINCT FROM new.network)) OR (old.load IS DISTINCT FROM new.load)) OR (old.starts_max IS DISTINCT FROM new.starts_max)) OR (old.starts_reason IS DISTINCT FROM new.starts_reason)) OR (old.share_memory IS DISTINCT FROM new.share_memory))) EXECUTE FUNCTION public.live('host');

CREATE TRIGGER live AFTER UPDATE ON public.host_network FOR EACH ROW WHEN (((((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.subnet IS DISTINCT FROM new.subnet)) OR (old.bridge IS DISTINCT FROM new.bridge))) EXECUTE FUNCTION public.live('host');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.image FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('image');

CREATE TRIGGER live AFTER UPDATE ON public.image_version FOR EACH ROW WHEN ((((old.phase IS DISTINCT FROM new.phase) OR (old.current IS DISTINCT FROM new.current)) OR (old.desired IS DISTINCT FROM new.desired))) EXECUTE FUNCTION public.live_of_image('image_version');

CREATE TRIGGER live AFTER UPDATE ON public.installation FOR EACH ROW EXECUTE FUNCTION public.live('installation');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.look FOR EACH ROW EXECUTE FUNCTION public.live_look();

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.loop_status FOR EACH ROW EXECUTE FUNCTION public.live('loop_status');

CREATE TRIGGER live AFTER UPDATE ON public.machine FOR EACH ROW WHEN (((((((((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.power IS DISTINCT FROM new.power)) OR (old.desired IS DISTINCT FROM new.desired)) OR (old.principal_id IS DISTINCT FROM new.principal_id)) OR (old.painted_at IS DISTINCT FROM new.painted_at)) OR (old.taken_at IS DISTINCT FROM new.taken_at)) OR (old.restart IS DISTINCT FROM new.restart))) EXECUTE FUNCTION public.live_machine();

CREATE TRIGGER live AFTER INSERT ON public.machine_failure FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('machine_failure');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.machine_maintenance FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('machine_maintenance');

CREATE TRIGGER live AFTER INSERT OR UPDATE ON public.message FOR EACH ROW EXECUTE FUNCTION public.live_message();

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.pool FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('pool');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.pool_schedule FOR EACH ROW EXECUTE FUNCTION public.live_of_pool('pool_schedule');

CREATE TRIGGER live AFTER UPDATE ON public.principal FOR EACH ROW WHEN (((((old.name IS DISTINCT FROM new.name) OR (old.roles IS DISTINCT FROM new.roles)) OR (old.ended_at IS DISTINCT FROM new.ended_at)) OR (old.cost_centre IS DISTINCT FROM new.cost_centre))) EXECUTE FUNCTION public.live_principal();

CREATE TRIGGER live AFTER INSERT OR DELETE ON public.quarantine FOR EACH ROW EXECUTE FUNCTION public.live('quarantine');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.quota FOR EACH ROW EXECUTE FUNCTION public.live_of_tenant('quota');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.rollout FOR EACH ROW EXECUTE FUNCTION public.live_of_pool('rollout');

CREATE TRIGGER live AFTER UPDATE ON public.session FOR EACH ROW WHEN ((((((((old.phase IS DISTINCT FROM new.phase) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.machine_id IS DISTINCT FROM new.machine_id)) OR (old.profile IS DISTINCT FROM new.profile)) OR (old.viewer IS DISTINCT FROM new.viewer)) OR (old.mode IS DISTINCT FROM new.mode)) OR (old.ended_at IS DISTINCT FROM new.ended_at))) EXECUTE FUNCTION public.live_session();

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.setting FOR EACH ROW EXECUTE FUNCTION public.live('setting');

CREATE TRIGGER live AFTER UPDATE ON public.storage_dedupe FOR EACH ROW WHEN ((((((((old.enabled IS DISTINCT FROM new.enabled) OR (old.from_minute IS DISTINCT FROM new.from_minute)) OR (old.until_minute IS DISTINCT FROM new.until_minute)) OR (old.time_zone IS DISTINCT FROM new.time_zone)) OR (old.latency_limit_ms IS DISTINCT FROM new.latency_limit_ms)) OR (old.wanted_at IS DISTINCT FROM new.wanted_at)) OR (old.obstacle IS DISTINCT FROM new.obstacle))) EXECUTE FUNCTION public.live('storage');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.storage_dedupe_run FOR EACH ROW EXECUTE FUNCTION public.live('storage');

CREATE TRIGGER live AFTER UPDATE ON public.template FOR EACH ROW WHEN (((old.phase IS DISTINCT FROM new.phase) OR (old.desired IS DISTINCT FROM new.desired))) EXECUTE FUNCTION public.live('template');

CREATE TRIGGER live AFTER INSERT OR DELETE OR UPDATE ON public.tenant FOR EACH ROW EXECUTE FUNCTION public.live_tenant();

CREATE TRIGGER live_chained AFTER UPDATE OF "position" ON public.audit_event FOR EACH ROW WHEN (((old."position" IS NULL) AND (new."position" IS NOT NULL))) EXECUTE FUNCTION public.live_of_tenant('audit_event');

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.host FOR EACH ROW EXECUTE FUNCTION public.live('host');

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.host_network FOR EACH ROW EXECUTE FUNCTION public.live('host');

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.image_version FOR EACH ROW EXECUTE FUNCTION public.live_of_image('image_version');

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.machine FOR EACH ROW EXECUTE FUNCTION public.live_machine();

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.principal FOR EACH ROW EXECUTE FUNCTION public.live_principal();

CREATE TRIGGER live_new AFTER INSERT ON public.session FOR EACH ROW EXECUTE FUNCTION public.live_session();

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.storage_dedupe FOR EACH ROW EXECUTE FUNCTION public.live('storage');

CREATE TRIGGER live_new AFTER INSERT OR DELETE ON public.template FOR EACH ROW EXECUTE FUNCTION public.live('template');

CREATE TRIGGER live_progress AFTER UPDATE ON public.image_version FOR EACH ROW WHEN ((((old.progress IS DISTINCT FROM new.progress) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.notes IS DISTINCT FROM new.notes))) EXECUTE FUNCTION public.live_of_image('image');

CREATE TRIGGER live_progress AFTER UPDATE ON public.template FOR EACH ROW WHEN (((old.progress IS DISTINCT FROM new.progress) OR (old.reason IS DISTINCT FROM new.reason))) EXECUTE FUNCTION public.live('template_progress');

CREATE TRIGGER nudge AFTER INSERT OR UPDATE ON public.directory FOR EACH ROW EXECUTE FUNCTION public.nudge('directories');

CREATE TRIGGER nudge AFTER INSERT OR UPDATE OF desired, phase ON public.draft FOR EACH ROW EXECUTE FUNCTION public.nudge_draft();

CREATE TRIGGER nudge AFTER INSERT ON public.host FOR EACH ROW EXECUTE FUNCTION public.nudge('hosts');

CREATE TRIGGER nudge AFTER INSERT ON public.image_version FOR EACH ROW EXECUTE FUNCTION public.nudge('images');

CREATE TRIGGER nudge AFTER INSERT OR UPDATE OF desired ON public.machine FOR EACH ROW EXECUTE FUNCTION public.nudge('machines');

CREATE TRIGGER nudge AFTER INSERT ON public.mail FOR EACH ROW EXECUTE FUNCTION public.nudge('mails');

CREATE TRIGGER nudge AFTER INSERT OR UPDATE OF ready_count, machines_max ON public.pool FOR EACH ROW EXECUTE FUNCTION public.nudge('pools');

CREATE TRIGGER nudge AFTER UPDATE OF phase ON public.session FOR EACH ROW EXECUTE FUNCTION public.nudge('sessions');

CREATE TRIGGER nudge AFTER UPDATE OF enabled, from_minute, until_minute, time_zone, wanted_at ON public.storage_dedupe FOR EACH ROW WHEN ((((((old.enabled IS DISTINCT FROM new.enabled) OR (old.from_minute IS DISTINCT FROM new.from_minute)) OR (old.until_minute IS DISTINCT FROM new.until_minute)) OR (old.time_zone IS DISTINCT FROM new.time_zone)) OR (old.wanted_at IS DISTINCT FROM new.wanted_at))) EXECUTE FUNCTION public.nudge_all('storage');

CREATE TRIGGER nudge AFTER INSERT OR UPDATE OF desired ON public.template FOR EACH ROW EXECUTE FUNCTION public.nudge('templates');

CREATE TRIGGER nudge_current AFTER UPDATE OF current ON public.image_version FOR EACH ROW WHEN ((old.current IS DISTINCT FROM new.current)) EXECUTE FUNCTION public.nudge_all('pools');

CREATE TRIGGER nudge_desired AFTER UPDATE OF desired ON public.image_version FOR EACH ROW EXECUTE FUNCTION public.nudge('images');

CREATE TRIGGER nudge_files AFTER INSERT ON public.session FOR EACH ROW WHEN (((new.machine_id IS NOT NULL) AND (new.profile <> 'none'::text))) EXECUTE FUNCTION public.nudge('sessions');

CREATE TRIGGER nudge_hosts AFTER UPDATE OF network_kind, network_subnet, network_bridge, network_open_vswitch, network_vlan, network_ipv6, network_neighbours, desired ON public.pool FOR EACH ROW WHEN (((((((((old.network_kind IS DISTINCT FROM new.network_kind) OR (old.network_subnet IS DISTINCT FROM new.network_subnet)) OR (old.network_bridge IS DISTINCT FROM new.network_bridge)) OR (old.network_open_vswitch IS DISTINCT FROM new.network_open_vswitch)) OR (old.network_vlan IS DISTINCT FROM new.network_vlan)) OR (old.network_ipv6 IS DISTINCT FROM new.network_ipv6)) OR (old.network_neighbours IS DISTINCT FROM new.network_neighbours)) OR (old.desired IS DISTINCT FROM new.desired))) EXECUTE FUNCTION public.nudge_all('hosts');

CREATE TRIGGER nudge_hosts_new AFTER INSERT ON public.pool FOR EACH ROW EXECUTE FUNCTION public.nudge_all('hosts');

CREATE TRIGGER nudge_maintenance AFTER UPDATE OF maintenance ON public.pool FOR EACH ROW WHEN ((old.maintenance IS DISTINCT FROM new.maintenance)) EXECUTE FUNCTION public.nudge('windows');

CREATE TRIGGER nudge_new AFTER INSERT ON public.session FOR EACH ROW WHEN ((new.machine_id IS NULL)) EXECUTE FUNCTION public.nudge_queue();

CREATE TRIGGER nudge_new AFTER INSERT ON public.storage_dedupe FOR EACH ROW EXECUTE FUNCTION public.nudge_all('storage');

CREATE TRIGGER nudge_pool AFTER UPDATE OF phase ON public.machine FOR EACH ROW WHEN (((old.phase IS DISTINCT FROM new.phase) AND (new.phase = ANY (ARRAY['ready'::text, 'failed'::text])))) EXECUTE FUNCTION public.nudge_pool();

CREATE TRIGGER nudge_power AFTER UPDATE OF power, taken_at ON public.machine FOR EACH ROW WHEN (((old.power IS DISTINCT FROM new.power) OR (old.taken_at IS DISTINCT FROM new.taken_at))) EXECUTE FUNCTION public.nudge('machines');

CREATE TRIGGER nudge_restart AFTER UPDATE OF restart ON public.machine FOR EACH ROW WHEN ((new.restart IS NOT NULL)) EXECUTE FUNCTION public.nudge('machines');

CREATE TRIGGER nudge_rollout AFTER UPDATE OF phase ON public.rollout FOR EACH ROW WHEN ((old.phase IS DISTINCT FROM new.phase)) EXECUTE FUNCTION public.nudge_all('pools');

CREATE TRIGGER nudge_settings AFTER UPDATE OF desired, image_version_id, cpus, memory_mib, closed_reason ON public.pool FOR EACH ROW EXECUTE FUNCTION public.nudge('pools');

CREATE TRIGGER nudge_share_memory AFTER UPDATE OF share_memory ON public.host FOR EACH ROW EXECUTE FUNCTION public.nudge('hosts');

CREATE TRIGGER only_on BEFORE DELETE OR UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION public.keep_anchor();

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.application_entitlement
    ADD CONSTRAINT application_entitlement_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.application_entitlement
    ADD CONSTRAINT application_entitlement_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.auth_account
    ADD CONSTRAINT "auth_account_userId_fkey" FOREIGN KEY ("userId") REFERENCES public.auth_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_second_factor
    ADD CONSTRAINT "auth_second_factor_userId_fkey" FOREIGN KEY ("userId") REFERENCES public.auth_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_session
    ADD CONSTRAINT "auth_session_userId_fkey" FOREIGN KEY ("userId") REFERENCES public.auth_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.directory
    ADD CONSTRAINT directory_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id);

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.image_version(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.favourite
    ADD CONSTRAINT favourite_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.favourite
    ADD CONSTRAINT favourite_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.favourite
    ADD CONSTRAINT favourite_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.group_member
    ADD CONSTRAINT group_member_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.group_member
    ADD CONSTRAINT group_member_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.host_network
    ADD CONSTRAINT host_network_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.host_network
    ADD CONSTRAINT host_network_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.host_sample
    ADD CONSTRAINT host_sample_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image_program
    ADD CONSTRAINT image_program_image_version_id_fkey FOREIGN KEY (image_version_id) REFERENCES public.image_version(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.image_version
    ADD CONSTRAINT image_version_base_version_id_fkey FOREIGN KEY (base_version_id) REFERENCES public.image_version(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.image_version
    ADD CONSTRAINT image_version_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.kept_answer
    ADD CONSTRAINT kept_answer_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.known_place
    ADD CONSTRAINT known_place_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_asker_id_fkey FOREIGN KEY (asker_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.look
    ADD CONSTRAINT look_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.machine_failure
    ADD CONSTRAINT machine_failure_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.machine_failure
    ADD CONSTRAINT machine_failure_image_version_id_fkey FOREIGN KEY (image_version_id) REFERENCES public.image_version(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.machine_failure
    ADD CONSTRAINT machine_failure_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.machine_failure
    ADD CONSTRAINT machine_failure_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_image_version_id_fkey FOREIGN KEY (image_version_id) REFERENCES public.image_version(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.machine_maintenance
    ADD CONSTRAINT machine_maintenance_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.machine_maintenance
    ADD CONSTRAINT machine_maintenance_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES public.machine(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.machine_maintenance
    ADD CONSTRAINT machine_maintenance_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.machine_maintenance
    ADD CONSTRAINT machine_maintenance_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.template(id);

ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_image_version_id_fkey FOREIGN KEY (image_version_id) REFERENCES public.image_version(id);

ALTER TABLE ONLY public.pool_schedule
    ADD CONSTRAINT pool_schedule_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_serves_version_id_fkey FOREIGN KEY (serves_version_id) REFERENCES public.image_version(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.principal
    ADD CONSTRAINT principal_auth_user_id_fkey FOREIGN KEY (auth_user_id) REFERENCES public.auth_user(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.principal
    ADD CONSTRAINT principal_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES public.machine(id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id);

ALTER TABLE ONLY public.profile_disk
    ADD CONSTRAINT profile_disk_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rollout
    ADD CONSTRAINT rollout_from_version_id_fkey FOREIGN KEY (from_version_id) REFERENCES public.image_version(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.rollout
    ADD CONSTRAINT rollout_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rollout
    ADD CONSTRAINT rollout_to_version_id_fkey FOREIGN KEY (to_version_id) REFERENCES public.image_version(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.second_factor_used
    ADD CONSTRAINT second_factor_used_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES public.machine(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id);

ALTER TABLE ONLY public.session_program
    ADD CONSTRAINT session_program_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.session_program
    ADD CONSTRAINT session_program_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(id);

ALTER TABLE ONLY public.storage_dedupe
    ADD CONSTRAINT storage_dedupe_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.storage_dedupe_run
    ADD CONSTRAINT storage_dedupe_run_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.template
    ADD CONSTRAINT template_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.host(id);

ALTER TABLE ONLY public.template
    ADD CONSTRAINT template_image_version_id_fkey FOREIGN KEY (image_version_id) REFERENCES public.image_version(id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_draft_id_fkey FOREIGN KEY (draft_id) REFERENCES public.draft(version_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES public.machine(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES public.principal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;