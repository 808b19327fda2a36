-- An event is told once more when it has its place in the chain: who looks at it waits for that.
create trigger live_chained after update of position on audit_event for each row
  when (old.position is null and new.position is not null)
  execute function live_of_tenant('audit_event');
