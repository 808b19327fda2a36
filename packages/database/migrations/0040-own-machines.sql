-- Machines of people's own: as a copy of the image where their pool says so, and switched on before their person comes.

alter table machine
  -- linked: its disk stands on the image's; full: it is a copy, and needs the image no more.
  add column disk_kind text not null default 'linked' check (disk_kind in ('linked', 'full')),
  -- GiB that its guest sees on a copy; null: none, or one that is not whole yet.
  add column disk_gib integer check (disk_gib > 0),
  -- When it was last switched on before anybody came.
  add column woken_at timestamptz,
  -- When it began to be made its person's: that takes a place among those that start on its host.
  add column adopting_at timestamptz;

-- What is copied outlives the version that it was made from.
alter table machine
  drop constraint machine_image_version_id_fkey,
  add constraint machine_image_version_id_fkey foreign key (image_version_id) references image_version on delete set null;

-- It meant nothing for these until now.
update pool set ready_count = 0 where kind = 'persistent';
