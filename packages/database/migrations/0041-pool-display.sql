-- What a pool's desktops may take from and give to the device that shows them.

alter table pool
  -- Which way text may be copied, seen from the machine.
  add column clipboard text not null default 'both' check (clipboard in ('both', 'toMachine', 'fromMachine', 'none')),
  -- The largest desktop that a window is given; null: as large as the window is.
  add column screen_width_max integer check (screen_width_max between 640 and 8192),
  add column screen_height_max integer check (screen_height_max between 480 and 8192),
  add check ((screen_width_max is null) = (screen_height_max is null));
