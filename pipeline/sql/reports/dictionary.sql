-- One row per column of a published table.
SELECT table_name, column_name, type, meaning
FROM published_columns
