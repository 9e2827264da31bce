# What to apply of a backup: neither jobs that had ended nor closed gates, and of the types that the operator brings along
# only what people have set on them. The rest comes with the operator, in its own version.
def fields(whose): [.metadata.managedFields[]? | select(whose) | .fieldsV1["f:spec"] // {} | keys[] | ltrimstr("f:")];
def operators: .manager == "pimjob-operator";
def of_people:
  fields(operators) as $operators
  | (fields(operators | not) - $operators) as $people
  | if $operators == [] then . else .spec |= with_entries(select(.key | IN($people[]))) end;

.items[]
| select((.status.phase | IN("Completed", "Stopped", "Failed")) or .spec.gate == "Closed" | not)
| if .kind == "PimJobType" then of_people | select(.spec != {}) else . end
| del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.generation,
    .metadata.managedFields)
