INSERT INTO reports.dictionary BY NAME SELECT 'reports.people' AS table_name, 'title' AS column_name, '' AS meaning;
