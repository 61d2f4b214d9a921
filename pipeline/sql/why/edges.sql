-- One row per piece of evidence that touches a record of the person.
SELECT * FROM identity.edges WHERE list_contains($numbers, left_no) OR list_contains($numbers, right_no)
