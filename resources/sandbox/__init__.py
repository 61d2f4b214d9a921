"""Local vendors with real sockets: Apollo, Zoho CRM and GoHighLevel, written from their documentation."""
