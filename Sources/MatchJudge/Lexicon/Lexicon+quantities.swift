/// Number words, ordinals, units, months and weekdays. Written by hand for this project.
extension Lexicon {
    /// Cardinal number words.
    static let numberLines = """
        0 zero null
        0.5 half
        1 one
        2 two zwei deux dos
        3 three drei trois tres
        4 four vier quatre cuatro
        5 five funf cinq cinco
        6 six sechs seis
        7 seven sieben siete
        8 eight acht huit ocho
        9 nine neun neuf nueve
        10 ten zehn diez
        11 eleven elf
        12 twelve zwolf douze doce
        13 thirteen dreizehn treize trece
        14 fourteen vierzehn quatorze catorce
        15 fifteen funfzehn quinze quince
        16 sixteen sechzehn seize
        17 seventeen siebzehn
        18 eighteen achtzehn
        19 nineteen neunzehn
        20 twenties
        30 thirties
        40 forties
        50 fifties
        60 sixties
        70 seventies
        80 eighties
        90 nineties
        20 twenty zwanzig vingt veinte
        30 thirty dreissig trente treinta
        40 forty fourty vierzig quarante cuarenta
        50 fifty funfzig cinquante cincuenta
        60 sixty sechzig soixante sesenta
        70 seventy siebzig setenta
        80 eighty achtzig ochenta
        90 ninety neunzig noventa
        """

    /// Words that multiply the number before them.
    static let multiplierLines = """
        12 dozen dutzend douzaine
        100 hundred hundert cent cien
        1000 thousand tausend mille mil
        100000 lakh lakhs lac
        1000000 million millions mio millones mn
        10000000 crore crores
        1000000000 billion billions bn milliarden milliards
        1000000000000 trillion trillions
        """

    /// Ordinal number words. "second" is a unit of time as well; the scanner decides by the word before.
    static let ordinalLines = """
        1 first erste ersten premier premiere primero primera
        2 second zweite zweiten deuxieme segundo segunda
        3 third dritte dritten troisieme tercero tercera
        4 fourth vierte quatrieme cuarto
        5 fifth funfte cinquieme quinto
        6 sixth
        7 seventh
        8 eighth
        9 ninth
        10 tenth
        11 eleventh
        12 twelfth
        13 thirteenth
        14 fourteenth
        15 fifteenth
        16 sixteenth
        17 seventeenth
        18 eighteenth
        19 nineteenth
        20 twentieth
        21 twentyfirst
        30 thirtieth
        """

    /// Months by number.
    static let monthLines = """
        1 january jan januar janvier enero
        2 february feb februar fevrier febrero
        3 march marz mars marzo
        4 april apr avril abril
        5 may mai mayo
        6 june jun juni juin junio
        7 july jul juli juillet julio
        8 august aug aout agosto
        9 september sept sep septembre septiembre
        10 october oct oktober okt octobre octubre
        11 november nov novembre noviembre
        12 december dec dezember dez decembre diciembre
        """

    /// Weekdays by number, Monday first.
    static let weekdayLines = """
        1 monday mondays mon montag lundi lunes
        2 tuesday tuesdays tues tue dienstag mardi martes
        3 wednesday wednesdays wed mittwoch mercredi miercoles
        4 thursday thursdays thurs thu donnerstag jeudi jueves
        5 friday fridays fri freitag vendredi viernes
        6 saturday saturdays sat samstag sonnabend samedi sabado
        7 sunday sundays sun sonntag dimanche domingo
        """

    /// Units: dimension, factor to the dimension's base, words. `*` before a word: only glued to its number.
    static let unitLines = """
        mass 1 g gram grams gramme grammes gramm gramo gramos
        mass 1000 kg kgs kilo kilos kilogram kilograms kilogramme kilogramm kilogramo kilogramos
        mass 0.001 mg milligram milligrams
        mass 0.000001 mcg microgram micrograms
        mass 1000000 ton tons tonne tonnes
        mass 453.59237 lb lbs pound pounds
        mass 28.349523125 oz ounce ounces
        length 1 *m meter meters metre metres metros
        length 1000 km kms kilometer kilometers kilometre kilometres kilometro kilometros
        length 0.01 cm centimeter centimeters centimetre centimetres
        length 0.001 mm millimeter millimeters millimetre millimetres
        length 0.000000001 nm nanometer nanometers
        length 1609.344 mile miles mi
        length 0.9144 yard yards yd
        length 0.3048 ft foot feet
        length 0.0254 inch inches *in
        time 1 *s sec secs second seconds sekunde sekunden seconde secondes segundo segundos
        time 0.001 ms millisecond milliseconds
        time 60 min mins minute minutes minuten minuto minutos
        time 3600 *h hr hrs hour hours stunde stunden heure heures hora horas
        time 86400 day days *d tag tage tagen jour jours dia dias
        time 604800 week weeks wk wks woche wochen semaine semaines semana semanas
        calendar 1 month months monat monate monaten mois mes meses
        calendar 12 year years yr yrs *y jahr jahre jahren an ans annee annees ano anos
        calendar 120 decade decades
        calendar 1200 century centuries
        data 1 byte bytes
        data 0.125 bit bits
        data 1000 kb kilobyte kilobytes
        data 1000000 mb megabyte megabytes
        data 1000000000 gb gig gigs gigabyte gigabytes
        data 1000000000000 tb terabyte terabytes
        volume 1 *l liter liters litre litres
        volume 0.001 ml milliliter milliliters
        volume 3.785411784 gallon gallons
        volume 0.2365882365 cup cups
        frequency 1 hz hertz
        frequency 1000 khz
        frequency 1000000 mhz
        frequency 1000000000 ghz
        power 1 *w watt watts
        power 1000 kw kilowatt kilowatts
        energy 1 kwh
        energy 0.001 wh
        calorie 1 kcal calorie calories cal cals
        voltage 1 *v volt volts
        speed 1 kmh kph
        speed 1.609344 mph
        celsius 1 celsius *c
        fahrenheit 1 fahrenheit *f
        percent 1 percent pct prozent pourcent
        dollar 1 dollar dollars usd bucks
        dollar 0.01 cent cents
        euro 1 euro euros eur
        sterling 1 gbp quid
        rupee 1 rs inr rupee rupees rupay
        yen 1 yen jpy
        yuan 1 yuan rmb cny
        age 12 yo
        kilo 1 *k
        pixel 1 px pixel pixels
        """
}
