-- One row per person and period in which the scores did not change.
SELECT
    $workspace AS workspace,
    person_key,
    valid_from,
    valid_to,
    account_fit,
    persona_influence,
    engagement,
    grade,
    rules_version,
    reasons,
    changed_because
FROM "qualify".score_history
