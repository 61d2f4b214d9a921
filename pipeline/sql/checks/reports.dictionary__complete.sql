-- Fails when a published column has no meaning.
SELECT table_name, column_name
FROM reports.dictionary
WHERE meaning IS NULL OR meaning = ''
