-- The account in the guest of a machine that is a person's own, once it bears their name. Those that are there keep
-- theirs: programs remember where their home is.
alter table machine add column account text;
update machine set account = 'desktop' where principal_id is not null and identified_at is not null;
